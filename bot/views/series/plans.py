"""A series that is being planned: what its card's components carry from one press to the next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

import discord

from bot.components.message_reader import walk_components
from bot.interaction import Interaction
from bot.views.booking.steps import SELECTION_PATTERN, Selection, TypedText
from mentorship.errors import NotFound, Subject
from mentorship.pagination import to_base36
from mentorship.sessions.series.quotes import SeriesRequest

_CHANGE = r"-|!|[0-9a-z]{3}"
PLAN_PATTERN = (
    rf"repeat:{SELECTION_PATTERN}:(?P<weeks>[12])(?P<count>[2-9a-c])"
    rf":(?P<changes>(?:{_CHANGE}){{0,12}})"
)
"""The custom id of the menu that carries the plan, of at most 100 characters."""

_FURTHEST = 23_000
"""Minutes by which a moved date may start earlier than weeks of 168 hours would have it: half an
interval, and what clock changes and trips add."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A series that a person is about to book.

    `selection` has its mentor, length and first start. Dates are numbered from 1, and `changes` has
    those that are skipped (None) or moved to another start.
    """

    selection: Selection
    every_weeks: int = 1
    count: int = 4
    changes: Mapping[int, datetime | None] = field(default_factory=dict)

    @property
    def custom_id(self) -> str:
        """The plan for a custom id; `decode` reads it."""
        changes = "".join(map(self._encoded_change, range(1, self.count + 1))).rstrip("-")
        repeat = f"{self.every_weeks}{to_base36(self.count)}"
        return f"repeat:{self.selection.encoded}:{repeat}:{changes}"

    @classmethod
    def decode(cls, match: re.Match[str]) -> Self:
        """Return the plan in a custom id that matches `PLAN_PATTERN`.

        In a forged one, the selection may be incomplete. Then no date is moved, and `request`
        raises.
        """
        plan = cls(Selection.decode(match), int(match["weeks"]), int(match["count"], 36))
        if plan.selection.start is None:
            return plan
        changes: dict[int, datetime | None] = {}
        for number, change in enumerate(re.findall(_CHANGE, match["changes"]), 1):
            if change == "!":
                changes[number] = None
            elif change != "-":
                minutes = timedelta(minutes=int(change, 36) - _FURTHEST)
                changes[number] = plan._even_start(number) + minutes
        return replace(plan, changes=changes)

    def with_change(self, number: int, start: datetime | None) -> Self:
        """Return the plan with a date moved to `start`, or skipped."""
        return replace(self, changes={**self.changes, number: start})

    def without_change(self, number: int) -> Self:
        """Return the plan with a date at its planned time."""
        others = {each: start for each, start in self.changes.items() if each != number}
        return replace(self, changes=others)

    def repeated(self, every_weeks: int, count: int) -> Self:
        """Return the plan with another interval or number of dates. What still fits is kept."""
        kept = {
            number: start
            for number, start in self.changes.items()
            if number <= count and every_weeks == self.every_weeks
        }
        return replace(self, every_weeks=every_weeks, count=count, changes=kept)

    def request(self, typed: TypedText) -> SeriesRequest:
        """Return the request for the plan. Raises `NotFound` for an incomplete selection."""
        mentor_id, start, minutes = self._chosen()
        return SeriesRequest(
            mentor_id,
            start,
            minutes,
            every_weeks=self.every_weeks,
            count=self.count,
            topic=typed.topic,
            skipped=frozenset(each for each, moved_to in self.changes.items() if moved_to is None),
            moved={
                each: moved_to for each, moved_to in self.changes.items() if moved_to is not None
            },
        )

    def _chosen(self) -> tuple[int, datetime, int]:
        selection = self.selection
        if selection.mentor_id is None or selection.start is None or selection.minutes is None:
            # Only a modified client can send this.
            raise NotFound(Subject.SLOT)
        return selection.mentor_id, selection.start, selection.minutes

    def _even_start(self, number: int) -> datetime:
        """Return the start of a date if all weeks had 168 hours."""
        start = self.selection.start
        assert start is not None  # Without one, no date can be moved.
        return start + timedelta(weeks=self.every_weeks * (number - 1))

    def _encoded_change(self, number: int) -> str:
        if number not in self.changes:
            return "-"
        start = self.changes[number]
        if start is None:
            return "!"
        minutes = int((start - self._even_start(number)).total_seconds() // 60)
        return to_base36(max(0, minutes + _FURTHEST)).rjust(3, "0")[-3:]


def read_plan(interaction: Interaction) -> Plan:
    """Return the plan that the pressed card carries. Raises `NotFound` if it carries none."""
    message = interaction.message
    for component in walk_components(message.components if message is not None else []):
        if isinstance(component, discord.SelectMenu):
            match = re.fullmatch(PLAN_PATTERN, component.custom_id)
            if match is not None:
                return Plan.decode(match)
    raise NotFound(Subject.CARD)
