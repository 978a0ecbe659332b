"""What stories about booking say again and again."""

from __future__ import annotations

from typing import Any

import simcord
from sqlalchemy import func, select, update

from mentorship.actors import Actor
from storage import Transaction
from storage.tables import Member
from tests.journeys.support.simulated_guild import SimulatedGuild


def at(guild: SimulatedGuild, hour: int, *, day: int = 2):
    """A full hour of March 2026, UTC."""
    return guild.now.replace(day=day, hour=hour, minute=0, second=0, microsecond=0)


def actor_of(guild: SimulatedGuild, person: simcord.MemberActor) -> Actor:
    """The person as use cases know them."""
    return Actor(user_id=person.id, name=person.name, guild_id=guild.id)


def select_menus(message: Any) -> list[dict[str, Any]]:
    """The menus of a message."""
    return [item for row in message.components for item in row["components"] if item.get("options")]


def menu_options(message: Any, placeholder: str) -> list[str]:
    """What one can choose in a menu."""
    (menu,) = (menu for menu in select_menus(message) if menu.get("placeholder") == placeholder)
    return [option["label"] for option in menu["options"]]


async def choose_option(
    person: simcord.MemberActor | simcord.UserHandle, message: Any, label: str
) -> simcord.InteractionResult:
    """Choose the option that is labelled so, in whichever menu it is."""
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
    """Change what the records say of a person, as something of later or elsewhere would."""

    async def change(tx: Transaction) -> None:
        mine = (Member.guild_id == guild.id, Member.user_id == person.id)
        await tx.connection.execute(update(Member).where(*mine).values(**values))

    await guild.db.run(change)


async def count_rows(guild: SimulatedGuild, table: Any) -> int:
    async def look(tx: Transaction) -> int:
        return await tx.connection.scalar(select(func.count()).select_from(table)) or 0

    return await guild.db.read(look)
