"""Helpers of tests about bookings."""

from __future__ import annotations

from typing import Any

import simcord
from sqlalchemy import func, select, update

from mentorship.actors import Actor
from storage import Transaction
from storage.tables import Member
from tests.journeys.support.components import iter_components
from tests.journeys.support.simulated_guild import SimulatedGuild


def at(guild: SimulatedGuild, hour: int, *, day: int = 2):
    """Return a full hour of March 2026 in UTC."""
    return guild.now.replace(day=day, hour=hour, minute=0, second=0, microsecond=0)


def actor_of(guild: SimulatedGuild, person: simcord.MemberActor) -> Actor:
    """Return the person as the actor of a use case."""
    return Actor(user_id=person.id, name=person.name, guild_id=guild.id)


def select_menus(message: Any) -> list[dict[str, Any]]:
    """Return the select menus of a message."""
    return [item for item in iter_components(message) if item.get("options")]


def menu_options(message: Any, placeholder: str) -> list[str]:
    """Return the labels of a menu's options, by its placeholder."""
    (menu,) = (menu for menu in select_menus(message) if menu.get("placeholder") == placeholder)
    return [option["label"] for option in menu["options"]]


async def choose_option(
    person: simcord.MemberActor | simcord.UserHandle, message: Any, label: str
) -> simcord.InteractionResult:
    """Select the option with a label, in whichever menu of the message it is."""
    ((menu, value),) = (
        (menu, option["value"])
        for menu in select_menus(message)
        for option in menu["options"]
        if option["label"] == label
    )
    return await person.select(message, [value], custom_id=menu["custom_id"])


async def update_member(
    guild: SimulatedGuild, person: simcord.MemberActor, **values: object
) -> None:
    """Change columns of a member's row, as other features or later events would."""

    async def change(tx: Transaction) -> None:
        conditions = (Member.guild_id == guild.id, Member.user_id == person.id)
        await tx.connection.execute(update(Member).where(*conditions).values(**values))

    await guild.db.run(change)


async def count_rows(guild: SimulatedGuild, table: Any) -> int:
    """Return the number of rows of a table."""

    async def query(tx: Transaction) -> int:
        return await tx.connection.scalar(select(func.count()).select_from(table)) or 0

    return await guild.db.read(query)
