"""The buttons and menus of slot alerts. They carry whose slots, and which of them suit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.persistent import PersistentButton, PersistentSelect, cache_buster
from bot.components.screens import Screen
from bot.formatting import shortened
from bot.interaction import Continuation, Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.members.timezone import with_timezone
from mentorship.actors import MAX_ID, Actor
from mentorship.availability.slot_alerts.alerts import SlotAlertView
from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.pagination import to_base36
from mentorship.time.parts_of_day import PartOfDay
from wording.offers import slot_alerts as words
from wording.reader import Reader
from wording.translation import _, pgettext

_LETTERS = {PartOfDay.MORNING: "m", PartOfDay.AFTERNOON: "a", PartOfDay.EVENING: "e"}
_PARTS = {letter: part for part, letter in _LETTERS.items()}
_ANY = "any"

_MENTOR_PATTERN = r"(?P<guild>[0-9a-z]{1,13}):(?P<mentor>[0-9a-z]{1,13})"
_DRAFT_PATTERN = rf"{_MENTOR_PATTERN}:(?P<days>[01]{{7}}):(?P<part>[mae]?)"


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert that hasn't been saved: for the slots of a mentor that suit the wish."""

    guild_id: int
    mentor_id: int
    wish: SlotWish

    @property
    def encoded(self) -> str:
        """The draft for a custom id, in at most 37 characters."""
        days = "".join("1" if day in self.wish.weekdays else "0" for day in range(7))
        part = "" if self.wish.part is None else _LETTERS[self.wish.part]
        return f"{_encode(self.guild_id, self.mentor_id)}:{days}:{part}"

    @classmethod
    def decode(cls, match: re.Match[str]) -> Self:
        """Return the draft in a custom id that matches `_DRAFT_PATTERN`."""
        days = [day for day, bit in enumerate(match["days"]) if bit == "1"]
        wish = SlotWish.of(days, _PARTS.get(match["part"]))
        return cls(*_decode(match), wish)


def _encode(guild_id: int, mentor_id: int) -> str:
    return f"{to_base36(guild_id)}:{to_base36(mentor_id)}"


def _decode(match: re.Match[str]) -> tuple[int, int]:
    return min(int(match["guild"], 36), MAX_ID), min(int(match["mentor"], 36), MAX_ID)


FORM: Screen[Interaction, int, int, SlotWish | None, str] = Screen()
"""The menus of an alert, by the ids of the guild and the mentor. Without a wish it is that of the
alert which the person has. The last argument is a note above them."""

SAVED: Screen[Interaction, AlertDraft] = Screen()
"""Saves an alert, and shows it."""

OWN_ALERTS: Screen[Interaction, str] = Screen()
"""The list of the person's alerts, with a note above it."""

REMOVED: Screen[Interaction, Actor, int] = Screen()
"""Removes the person's alert for a mentor, by the mentor's id."""


async def _in_own_timezone(interaction: Interaction, show: Continuation) -> None:
    """Run a step; in a server, somebody without a time zone chooses one first."""
    if interaction.guild_id is None:
        await show(interaction)
    else:
        await with_timezone(interaction, show)


class AskForSlotButton(PersistentButton, template=rf"alert:ask:{_MENTOR_PATTERN}"):
    """Shows the menus of an alert for a mentor's slots."""

    def __init__(self, guild_id: int, mentor_id: int, label: str | None = None) -> None:
        self.guild_id, self.mentor_id = guild_id, mentor_id
        super().__init__(
            f"alert:ask:{_encode(guild_id, mentor_id)}", label or _("Tell me when there's a slot")
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(*_decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        await _in_own_timezone(
            interaction,
            lambda interaction: FORM.show(interaction, self.guild_id, self.mentor_id, None, ""),
        )


class EditAlertButton(PersistentButton, template=rf"alert:edit:{_DRAFT_PATTERN}"):
    """Shows the menus again, as they were."""

    def __init__(self, draft: AlertDraft, label: str | None = None) -> None:
        self.draft = draft
        super().__init__(f"alert:edit:{draft.encoded}", label or pgettext("button", "Back"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(AlertDraft.decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        await _show_form(interaction, self.draft)


class AlertDaysMenu(
    PersistentSelect, template=rf"alert:days(?P<number>\d{{1,2}}):{_DRAFT_PATTERN}"
):
    """The weekdays that suit; none are any."""

    def __init__(self, draft: AlertDraft, number: int = 0) -> None:
        self.draft = draft
        super().__init__(f"alert:days{number}:{draft.encoded}", _("Any day"))

    @classmethod
    def new(cls, interaction: Interaction, draft: AlertDraft) -> Self:
        menu = cls(draft, cache_buster(interaction))
        menu.item.options = [
            discord.SelectOption(label=name, value=str(day), default=day in draft.wish.weekdays)
            for day, name in enumerate(words.weekdays(reader_of(interaction)))
        ]
        menu.item.min_values, menu.item.max_values = 0, 7
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(AlertDraft.decode(match))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        days = [int(value) for value in values if value in {str(day) for day in range(7)}]
        wish = SlotWish.of(days, self.draft.wish.part)
        await _show_form(interaction, replace(self.draft, wish=wish))


class AlertPartMenu(
    PersistentSelect, template=rf"alert:part(?P<number>\d{{1,2}}):{_DRAFT_PATTERN}"
):
    """The part of the day that suits."""

    def __init__(self, draft: AlertDraft, number: int = 0) -> None:
        self.draft = draft
        super().__init__(f"alert:part{number}:{draft.encoded}", _("Any time of day"))

    @classmethod
    def new(cls, interaction: Interaction, draft: AlertDraft, reader: Reader) -> Self:
        menu = cls(draft, cache_buster(interaction))
        chosen = draft.wish.part
        menu.item.options = [
            discord.SelectOption(label=_("Any time of day"), value=_ANY, default=chosen is None),
            *(
                discord.SelectOption(
                    label=words.part_label(part, reader), value=letter, default=part is chosen
                )
                for part, letter in _LETTERS.items()
            ),
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(AlertDraft.decode(match))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        wish = SlotWish(self.draft.wish.weekdays, _PARTS.get(values[0]))
        await _show_form(interaction, replace(self.draft, wish=wish))


class SaveAlertButton(PersistentButton, template=rf"alert:save:{_DRAFT_PATTERN}"):
    """Saves the alert."""

    def __init__(self, draft: AlertDraft, label: str | None = None) -> None:
        self.draft = draft
        label = label or pgettext("button", "Tell me")
        super().__init__(f"alert:save:{draft.encoded}", label, discord.ButtonStyle.success)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(AlertDraft.decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        await SAVED.show(interaction, self.draft)


class RemoveAlertButton(PersistentButton, template=rf"alert:remove:{_MENTOR_PATTERN}"):
    """Removes the alert for a mentor."""

    def __init__(self, guild_id: int, mentor_id: int) -> None:
        self.guild_id, self.mentor_id = guild_id, mentor_id
        super().__init__(f"alert:remove:{_encode(guild_id, mentor_id)}", _("Remove alert"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(*_decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        await REMOVED.show(interaction, actor_of(interaction, self.guild_id), self.mentor_id)


class DismissAlertButton(PersistentButton, template=r"alert:dismiss"):
    """Leaves the menus without saving."""

    def __init__(self) -> None:
        super().__init__("alert:dismiss", pgettext("button", "Cancel"))

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, _("Nothing has changed."))


class OwnAlertsButton(PersistentButton, template=r"alert:list"):
    """Lists the person's alerts in this server."""

    def __init__(self) -> None:
        super().__init__("alert:list", _("Slot alerts"))

    async def on_press(self, interaction: Interaction) -> None:
        await OWN_ALERTS.show(interaction, "")


class OpenAlertMenu(PersistentSelect, template=r"alert:open(?P<number>\d{1,2})"):
    """Opens one of the person's alerts."""

    def __init__(self, number: int = 0) -> None:
        super().__init__(f"alert:open{number}", _("Change or remove an alert"))

    @classmethod
    def new(cls, interaction: Interaction, alerts: Iterable[SlotAlertView], reader: Reader) -> Self:
        menu = cls(cache_buster(interaction))
        menu.item.options = [
            discord.SelectOption(
                label=shortened(alert.mentor_name, 100),
                value=str(alert.mentor_id),
                description=shortened(words.wish(alert.wish, reader), 100),
            )
            for alert in alerts
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["number"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        mentor_id = min(int(values[0]), MAX_ID) if values[0].isdecimal() else MAX_ID
        guild_id = actor_of(interaction).guild
        await FORM.show(interaction, guild_id, mentor_id, None, "")


async def _show_form(interaction: Interaction, draft: AlertDraft) -> None:
    await FORM.show(interaction, draft.guild_id, draft.mentor_id, draft.wish, "")
