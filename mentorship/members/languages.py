"""The languages that people and servers have chosen.

Without a choice, a person is written to in the language of their Discord client, and a server in
the one that its own settings in Discord name. A choice is a BCP 47 tag; which languages there are
is up to the bot and the API (`wording.catalogues`).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, select, update

from mentorship import events
from mentorship.actors import Actor
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import members
from storage import Transaction
from storage.tables import Member

_IS_ACTOR = (Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user"))
_HAS_CHOICE = Member.chosen_language.is_not(None)
_WRITE = update(Member).where(*_IS_ACTOR).values(chosen_language=bindparam("tag"))
_WRITE_ELSEWHERE = (
    update(Member)
    .where(Member.user_id == bindparam("user"), _HAS_CHOICE)
    .values(chosen_language=bindparam("tag"))
)
_SELECT_CHOICES = select(Member.user_id, Member.chosen_language).where(_HAS_CHOICE)


async def choose(tx: Transaction, actor: Actor, tag: str | None) -> None:
    """Write to the actor in the language `tag` from now on; None follows their Discord client.

    Other servers in which they have chosen a language get the same choice.
    """
    await guild_settings.load_or_create(tx, actor.guild)
    await members.record(tx, actor)
    values = {"guild": actor.guild, "user": actor.user_id, "tag": tag}
    await tx.connection.execute(_WRITE_ELSEWHERE, values)
    await tx.connection.execute(_WRITE, values)
    event = Event(
        EventType.PREFERENCES_CHANGED,
        actor.guild,
        actor.user_id,
        facts={"changed": ["language"]},
    )
    await events.record(tx, event)


async def load_choices(tx: Transaction) -> Mapping[int, str]:
    """Return the choices of all people by their ids. Those who follow Discord aren't in it."""
    rows = (await tx.connection.execute(_SELECT_CHOICES)).all()
    return {row.user_id: row.chosen_language for row in rows}
