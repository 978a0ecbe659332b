"""Choosing a mentor or mentee from earlier sessions, in the option of a command."""

from __future__ import annotations

import re

from discord import app_commands

from bot.actors import actor_of
from bot.formatting import shortened
from bot.interaction import Interaction
from mentorship.actors import MAX_ID
from mentorship.errors import Field, InvalidField, Problem
from mentorship.relationships import pairs
from mentorship.relationships.pairs import Companion
from mentorship.sessions.lifecycle import Party
from wording.translation import _

_VALUE = re.compile(r"(?P<side>[er]):(?P<other>-?\d{1,19})")
_MENTION = re.compile(r"(?:<@!?)?(?P<other>\d{15,19})>?")
_SIDES = {"e": Party.MENTEE, "r": Party.MENTOR}
_LETTERS = {party: letter for letter, party in _SIDES.items()}


def read_companion(value: str) -> tuple[int, Party | None] | None:
    """Return whom a chosen suggestion, a mention or an id names; None for other text.

    The side is the reader's own, None if the text doesn't say which.
    """
    text = value.strip()
    if match := _VALUE.fullmatch(text):
        return max(min(int(match["other"]), MAX_ID), -MAX_ID), _SIDES[match["side"]]
    if match := _MENTION.fullmatch(text):
        return min(int(match["other"]), MAX_ID), None
    return None


async def find_companion(interaction: Interaction, typed: str) -> tuple[int, Party | None]:
    """Return the only person whose name has the typed words. Raises `InvalidField` otherwise."""
    found = await interaction.client.db.read(pairs.suggest, actor_of(interaction), typed)
    if len(found) != 1 or not typed.strip():
        raise InvalidField(Field.MEMBER, Problem.NOT_SUGGESTED)
    return found[0].other.user_id, found[0].party


async def companion_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Return the suggestions for what is typed so far, those met most lately first."""
    found = await interaction.client.db.read(pairs.suggest, actor_of(interaction), typed)
    return [
        app_commands.Choice(name=_label(each), value=f"{_LETTERS[each.party]}:{each.other.user_id}")
        for each in found
    ]


def _label(companion: Companion) -> str:
    name = shortened(companion.other.name, 60)
    is_mentor = companion.party is Party.MENTEE
    if companion.ended_at is None:
        # Translators: a suggestion of a command; {name} is a member
        text = _("{name} (your mentee)", name=name)
        if is_mentor:
            # Translators: a suggestion of a command; {name} is a member
            text = _("{name} (your mentor)", name=name)
    else:
        # Translators: a suggestion of a command; the mentorship with {name} has ended
        text = _("{name} (your mentee, ended)", name=name)
        if is_mentor:
            # Translators: a suggestion of a command; the mentorship with {name} has ended
            text = _("{name} (your mentor, ended)", name=name)
    return shortened(text, 100)
