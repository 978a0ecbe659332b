"""The menus of a group session's preview: what is chosen, not typed."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Self

import discord
from discord import ui

from bot.components.persistent import PersistentItem, PersistentSelect
from bot.interaction import Interaction
from bot.views.groups.draft import CHANNEL_ID, CODE, ROLES_ID, Draft
from bot.views.groups.form import PREVIEW_SCREEN
from mentorship import meeting_places
from mentorship.sessions.groups import creation
from wording import groups
from wording.durations import session_length
from wording.offers import series
from wording.reader import Reader
from wording.translation import N_, _

LENGTHS = (15, 30, 45, 60, 75, 90, 120, 150, 180, 240)
_SALT = r"(:(?P<salt>\d{1,2}))?"
"""The `cache_buster` of a menu. Previews of older versions have none."""


def draft_menus(
    draft: Draft,
    channel_id: int | None,
    reader: Reader,
    salt: int,
    providers: Collection[str] = (),
) -> list[ui.Item[Any]]:
    """Return the menus of what isn't typed. `salt` is a `cache_buster`.

    `providers` are the meeting providers that are configured.
    """
    return [
        LengthMenu.of(draft, reader, salt),
        PlaceMenu.of(draft, salt, providers),
        RecurrenceMenu.of(draft, reader, salt),
        JoinRolesMenu(draft, salt),
        ChannelMenu(draft, salt, channel_id),
    ]


class _DraftMenu(PersistentSelect, template="unused"):
    """A menu of the preview. Subclasses define `change`."""

    key = ""
    placeholder = ""

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(
            template=template or rf"group:new:{cls.key}:{CODE}{_SALT}", **kwargs
        )

    def __init__(
        self,
        draft: Draft,
        salt: int = 0,
        options: Sequence[tuple[str, str]] = (),
        now: str = "",
    ) -> None:
        self.draft = draft
        super().__init__(
            f"group:new:{self.key}:{draft.code}:{salt}",
            _(self.placeholder),
            [
                discord.SelectOption(label=label, value=value, default=value == now)
                for value, label in options
            ],
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Draft.decode(match))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        draft = self.draft.with_texts(interaction.message)
        await PREVIEW_SCREEN.show(interaction, self.change(draft, values[0]), "")

    def change(self, draft: Draft, value: str) -> Draft:
        """Return the draft with what was selected."""
        raise NotImplementedError


class LengthMenu(_DraftMenu):
    key, placeholder = "length", N_("Length")

    @classmethod
    def of(cls, draft: Draft, reader: Reader, salt: int) -> Self:
        """Return the menu with the usual lengths and that of the draft."""
        lengths = sorted({*LENGTHS, draft.minutes})
        options = [(str(each), session_length(each, reader)) for each in lengths]
        return cls(draft, salt, options, str(draft.minutes))

    def change(self, draft: Draft, value: str) -> Draft:
        return replace(draft, minutes=int(value))


class PlaceMenu(_DraftMenu):
    key, placeholder = "place", N_("Where to meet")

    @classmethod
    def of(cls, draft: Draft, salt: int, providers: Collection[str] = ()) -> Self:
        """Return the menu with the places to meet."""
        places = meeting_places.offered(groups.PLACES, providers, draft.place)
        options = [(place, groups.place_option(place)) for place in places]
        return cls(draft, salt, options, draft.place)

    def change(self, draft: Draft, value: str) -> Draft:
        return replace(draft, place=value)


class RecurrenceMenu(_DraftMenu):
    key, placeholder = "repeat", N_("Does it repeat?")

    @classmethod
    def of(cls, draft: Draft, reader: Reader, salt: int) -> Self:
        """Return the menu with the intervals."""
        intervals = [(str(weeks), series.interval_option(weeks, reader)) for weeks in (1, 2)]
        options = [("0", _("Doesn't repeat")), *intervals]
        return cls(draft, salt, options, str(draft.repeat_weeks))

    def change(self, draft: Draft, value: str) -> Draft:
        return replace(draft, repeat_weeks=int(value))


class JoinRolesMenu(
    PersistentItem, ui.DynamicItem[ui.RoleSelect[Any]], template=rf"{ROLES_ID}:{CODE}{_SALT}"
):
    """Limits who may join to the holders of some roles; none means everyone."""

    def __init__(self, draft: Draft, salt: int = 0) -> None:
        self.draft = draft
        super().__init__(
            ui.RoleSelect(
                custom_id=f"{ROLES_ID}:{draft.code}:{salt}",
                placeholder=_("Who can join: everyone"),
                min_values=0,
                max_values=creation.MAX_JOIN_ROLES,
                default_values=[discord.Object(role) for role in draft.role_ids],
            )
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Draft.decode(match))

    async def _dispatch(self, interaction: Interaction) -> None:
        draft = self.draft.with_texts(interaction.message)
        everyone = interaction.guild_id
        roles = tuple(role.id for role in self.item.values if role.id != everyone)
        await PREVIEW_SCREEN.show(interaction, replace(draft, role_ids=roles), "")


class ChannelMenu(
    PersistentItem, ui.DynamicItem[ui.ChannelSelect[Any]], template=rf"{CHANNEL_ID}:{CODE}{_SALT}"
):
    """Chooses the channel of the announcement."""

    def __init__(self, draft: Draft, salt: int = 0, channel_id: int | None = None) -> None:
        self.draft = draft
        super().__init__(
            ui.ChannelSelect(
                custom_id=f"{CHANNEL_ID}:{draft.code}:{salt}",
                placeholder=_("Announce it in …"),
                channel_types=[discord.ChannelType.text, discord.ChannelType.news],
                min_values=0,
                default_values=[] if channel_id is None else [discord.Object(channel_id)],
            )
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Draft.decode(match))

    async def _dispatch(self, interaction: Interaction) -> None:
        draft = self.draft.with_texts(interaction.message)
        ids = [channel.id for channel in self.item.values]
        changed = replace(draft, channel_id=ids[0] if ids else None)
        await PREVIEW_SCREEN.show(interaction, changed, "")
