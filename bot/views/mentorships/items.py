"""The buttons of a mentorship's page. They carry with whom it is, and on which side its reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

import discord

from bot.actors import actor_of
from bot.components.persistent import PersistentButton
from bot.components.screens import Screen
from bot.interaction import Interaction
from mentorship.actors import MAX_ID, Actor
from mentorship.pagination import to_base36
from mentorship.relationships.pairs import MentorshipView
from mentorship.sessions.lifecycle import Party
from wording.translation import N_, _, pgettext

_SIDES = {Party.MENTEE: "e", Party.MENTOR: "r"}
_PARTIES = {letter: party for party, letter in _SIDES.items()}

PAIR_PATTERN = r"pair:(?P<server>[0-9a-z]{1,13}):(?P<with>-?[0-9a-z]{1,13}):(?P<side>[er])"


@dataclass(frozen=True, slots=True)
class PairKey:
    """Whose page it is: that of its reader, who is the `party`, and somebody else in a guild."""

    guild_id: int
    other_id: int
    party: Party

    @classmethod
    def of(cls, mentorship: MentorshipView, reader_id: int) -> Self:
        """Return the key for one of the two people of a mentorship."""
        other = mentorship.other(reader_id)
        return cls(mentorship.guild_id, other.user_id, mentorship.party(reader_id))

    @property
    def encoded(self) -> str:
        """The key for a custom id, in at most 35 characters."""
        # The placeholder of somebody whose data was erased has a negative id.
        sign = "-" if self.other_id < 0 else ""
        other = f"{sign}{to_base36(abs(self.other_id))}"
        return f"pair:{to_base36(self.guild_id)}:{other}:{_SIDES[self.party]}"

    @classmethod
    def decode(cls, match: re.Match[str]) -> Self:
        """Return the key in a custom id that matches `PAIR_PATTERN`."""
        guild_id, other_id = (int(match[name], 36) for name in ("server", "with"))
        return cls(
            min(guild_id, MAX_ID),
            max(min(other_id, MAX_ID), -MAX_ID),
            _PARTIES[match["side"]],
        )

    def actor(self, interaction: discord.Interaction) -> Actor:
        """Return the reader as the actor in the guild of the page."""
        return actor_of(interaction, self.guild_id)


PAGE: Screen[Interaction, PairKey, str, str] = Screen()
"""The page at a cursor of its timeline ("" for the newest), with a note above it."""

GOAL_CARD: Screen[Interaction, int, str] = Screen()
"""A goal by its id, with a note above it."""

GOAL_FORM: Screen[Interaction, PairKey] = Screen()
"""Opens the form for a new goal."""

ENDING: Screen[Interaction, PairKey] = Screen()
"""Asks whether to end a mentorship."""


class PairButton(PersistentButton, template="unused"):
    """A button about a mentorship. `key` is the end of its custom id."""

    key = ""
    label = ""
    style = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, template: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(template=template or rf"{PAIR_PATTERN}:{cls.key}", **kwargs)

    def __init__(self, pair: PairKey, label: str | None = None) -> None:
        self.pair = pair
        super().__init__(f"{pair.encoded}:{self.key}", label or self.usual_label(), self.style)

    @classmethod
    def usual_label(cls) -> str:
        """Return the label of the button where it has no other, in the reader's language."""
        return _(cls.label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(PairKey.decode(match))


class OpenMentorshipButton(PairButton):
    """Shows the page."""

    key, label = "open", N_("Mentorship")

    async def on_press(self, interaction: Interaction) -> None:
        await PAGE.show(interaction, self.pair, "", "")


class TimelinePageButton(
    PersistentButton, template=rf"{PAIR_PATTERN}:at:(?P<cursor>[ab][0-9a-z.]{{1,42}})"
):
    """Shows another page of the timeline."""

    def __init__(self, pair: PairKey, cursor: str, label: str = "…") -> None:
        self.pair, self.cursor = pair, cursor
        super().__init__(f"{pair.encoded}:at:{cursor}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(PairKey.decode(match), match["cursor"])

    async def on_press(self, interaction: Interaction) -> None:
        await PAGE.show(interaction, self.pair, self.cursor, "")


class AddGoalButton(PairButton):
    """Opens the form for a new goal."""

    key, label = "goal", N_("Add goal")

    async def on_press(self, interaction: Interaction) -> None:
        await GOAL_FORM.show(interaction, self.pair)


class EndMentorshipButton(PairButton):
    """Asks whether to end the mentorship."""

    key, label = "end", N_("End mentorship")

    async def on_press(self, interaction: Interaction) -> None:
        await ENDING.show(interaction, self.pair)


class GoalButton(PersistentButton, template="unused"):
    """A button about a goal. `key` is the end of its custom id."""

    key = ""
    label = ""
    style = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, template: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(
            template=template or rf"goal:(?P<id>\d{{1,18}}):{cls.key}", **kwargs
        )

    def __init__(self, goal_id: int, label: str | None = None) -> None:
        self.goal_id = goal_id
        super().__init__(f"goal:{goal_id}:{self.key}", label or self.usual_label(), self.style)

    @classmethod
    def usual_label(cls) -> str:
        """Return the label of the button where it has no other, in the reader's language."""
        return _(cls.label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))


class OpenGoalButton(GoalButton):
    """Shows a goal with its buttons."""

    key = "open"

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button", "View")

    async def on_press(self, interaction: Interaction) -> None:
        await GOAL_CARD.show(interaction, self.goal_id, "")
