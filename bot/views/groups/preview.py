"""The preview of a group session before it is created: everything completed, and what to change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept
from bot.components.persistent import PersistentButton, PersistentItem, PersistentSelect
from bot.errors import not_bookable, sentence
from bot.formatting import discord_timestamp, plain, relative
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, press_key, respond
from bot.views.groups.channels import announcing_problem, may_announce
from bot.views.groups.draft import CHANNEL_ID, CODE, ROLES_ID, Draft
from bot.views.groups.form import PREVIEW_SCREEN, open_form, open_options
from bot.views.groups.items import DETAILS_SCREEN, DismissButton
from mentorship.errors import InvalidField, NotBookableReason, SlotUnavailable, TermsChanged
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.groups import creation, mentor_defaults
from mentorship.sessions.groups.creation import GroupPreview, GroupRequest
from mentorship.time.intervals import Span
from wording import groups
from wording.durations import counted, session_length
from wording.points import format_points
from wording.reader import Reader
from wording.times import describe_compact, describe_local, zone_name

LENGTHS = (15, 30, 45, 60, 75, 90, 120, 150, 180, 240)
NEAREST_SHOWN = 3
_BUSY = "You already have a session at that time."


async def show_preview(interaction: Interaction, draft: Draft, note: str) -> None:
    """Show what creating would create. Nothing is written.

    If the mentor isn't free then, the card has the nearest free starts instead of Create.
    """
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    defaults = await db.read(mentor_defaults.load, actor)
    guild = await db.read(guild_settings.load, actor.guild)
    checked: GroupPreview | None = None
    ways_on: list[ui.Item[Any]] = []
    try:
        checked = await db.read(creation.preview, actor, draft.request)
    except SlotUnavailable as error:
        is_busy = error.reason in (NotBookableReason.BUSY, NotBookableReason.MENTEE_BUSY)
        why = _BUSY if is_busy else not_bookable(error, reader)
        note = f"{note}\n{why}".strip()
        if error.nearest:
            note += " These are the nearest free times:"
        ways_on = [
            StartButton(
                replace(draft, starts_at=start), describe_compact(start, defaults.zone, reader)
            )
            for start in sorted(error.nearest)[:NEAREST_SHOWN]
        ]
    except InvalidField as error:
        note = f"{note}\n{sentence(error, reader)}".strip()
    request = draft.request if checked is None else checked.request
    card = _card(draft, request, checked, guild, defaults.zone, reader)
    problem = announcing_problem(interaction, request.channel_id, guild)
    if problem:
        card.add_note(problem)
    if checked is not None:
        ways_on = [CreateButton(draft, checked.payout)]
    card.add_actions(*_menus(draft, request.channel_id, reader))
    actions = action_rows(
        *ways_on,
        EditTextButton(draft),
        OptionsButton(draft),
        EventButton(draft),
        DismissButton(),
    )
    await respond(interaction, note or None, card=card, actions=actions)


def _card(
    draft: Draft,
    request: GroupRequest,
    checked: GroupPreview | None,
    guild: GuildSettings,
    zone: str,
    reader: Reader,
) -> Card:
    """Return the card. `request` is the completed one if it is valid."""
    card = Card(
        title=plain(draft.title),
        text="Preview. Nothing is published yet.",
        accent=Accent.OVER if checked is not None else Accent.WAITING,
    )
    if draft.description:
        card.add_kept(Kept.DESCRIPTION, "Description", draft.description)
    span = Span(request.starts_at, request.span.end)
    card.add_fact("When", f"{discord_timestamp(span.start)} ({relative(span.start)})")
    own_time = describe_local(span.start, span.end, zone, reader)
    card.add_fact(f"Your time ({zone_name(zone, reader)})", own_time)
    utc = describe_local(span.start, span.end, "UTC", reader).removesuffix(" UTC")
    if utc != own_time:
        card.add_fact("UTC", utc)
    price = "free"
    if request.price:
        price = f"{format_points(request.price, guild, reader)} a seat"
        if checked is not None and checked.payout != request.price:
            price += f" (you get {format_points(checked.payout, guild, reader)} after the fee)"
    card.add_fact("Length and price", f"{session_length(request.minutes, reader)}, {price}")
    card.add_fact("Seats", str(request.capacity) if request.capacity else "no limit")
    if request.minimum_seats and request.minimum_deadline is not None:
        needed = counted(request.minimum_seats, "seat", reader)
        deadline = discord_timestamp(request.minimum_deadline)
        refund = " and everyone is refunded" if request.price else ""
        outcome = f"With fewer, it's cancelled{refund}."
        card.add_fact("Minimum", f"{needed} by {deadline}. {outcome}")
    if request.repeat_weeks:
        repetition = groups.repetition(request.repeat_weeks, request.repeat_left, reader)
        card.add_fact("Repeats", repetition)
    channel = "not yet" if request.channel_id is None else f"<#{request.channel_id}>"
    card.add_fact("Announced in", channel)
    if draft.link:
        card.add_kept(Kept.LINK, "Meeting link", draft.link)
    elif request.place == "link":
        card.add_fact("Meeting link", request.meeting_link or "none yet. Add one in More options")
    return card


def _menus(draft: Draft, channel_id: int | None, reader: Reader) -> list[ui.Item[Any]]:
    """Return the menus of what isn't typed."""
    return [
        LengthMenu.of(draft, reader),
        PlaceMenu.of(draft),
        RecurrenceMenu.of(draft),
        JoinRolesMenu(draft),
        ChannelMenu(draft, channel_id),
    ]


class _DraftButton(PersistentButton, template="unused"):
    """A button of the preview, whose custom id holds the choices."""

    key = ""

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(template=template or rf"group:new:{cls.key}:{CODE}", **kwargs)

    def __init__(
        self,
        draft: Draft,
        label: str = "…",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        ending: str = "",
    ) -> None:
        self.draft = draft
        super().__init__(f"group:new:{self.key}:{draft.code}{ending}", label, style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Draft.decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        self.draft = self.draft.with_texts(interaction.message)
        await self.perform(interaction)

    async def perform(self, interaction: Interaction) -> None:
        """Do what the button says with the draft of its card."""
        raise NotImplementedError


class CreateButton(_DraftButton, template=rf"group:new:create:{CODE}:(?P<payout>\d{{1,12}})"):
    """Creates what the card shows. Pressing it twice creates one session."""

    key = "create"

    def __init__(self, draft: Draft, payout: int) -> None:
        self.payout = payout
        super().__init__(draft, "Create", discord.ButtonStyle.success, f":{payout}")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Draft.decode(match), int(match["payout"]))

    async def perform(self, interaction: Interaction) -> None:
        await defer(interaction)
        db, actor = interaction.client.db, actor_of(interaction)
        guild = await db.read(guild_settings.load, actor.guild)
        if not may_announce(interaction, self.draft.channel_id, guild):
            await show_preview(interaction, self.draft, "Nothing was created.")
            return
        try:
            group = await db.run(
                creation.create,
                actor,
                self.draft.request,
                press_key(interaction.message, self.item.custom_id),
                payout_shown=self.payout,
            )
        except (InvalidField, SlotUnavailable):
            await show_preview(interaction, self.draft, "Nothing was created.")
            return
        except TermsChanged as error:
            await show_preview(interaction, self.draft, sentence(error, reader_of(interaction)))
            return
        place = (
            "It isn't announced yet. Choose a channel for it below."
            if group.channel_id is None
            else f"I'm announcing it in <#{group.channel_id}>."
        )
        await DETAILS_SCREEN.show(
            interaction, group.id, f"“{plain(group.title)}” is created. {place}"
        )


class EditTextButton(_DraftButton):
    """Opens the form again, filled in with what the card shows."""

    key = "text"

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "Edit")

    async def perform(self, interaction: Interaction) -> None:
        await open_form(interaction, self.draft)


class OptionsButton(_DraftButton):
    """Opens the form with what the preview has no menu for."""

    key = "more"

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "More options")

    async def perform(self, interaction: Interaction) -> None:
        await open_options(interaction, self.draft)


class EventButton(_DraftButton):
    """Says whether there is a Discord event beside the announcement."""

    key = "event"

    def __init__(self, draft: Draft) -> None:
        label = "Discord event: on" if draft.wants_event else "Discord event: off"
        super().__init__(draft, label)

    async def perform(self, interaction: Interaction) -> None:
        changed = replace(self.draft, wants_event=not self.draft.wants_event)
        await show_preview(interaction, changed, "")


class StartButton(_DraftButton):
    """Takes another start, at which the mentor is free."""

    key = "start"

    def __init__(self, draft: Draft, label: str = "…") -> None:
        super().__init__(draft, label)

    async def perform(self, interaction: Interaction) -> None:
        await show_preview(interaction, self.draft, "")


class _DraftMenu(PersistentSelect, template="unused"):
    """A menu of the preview. Subclasses define `change`."""

    key = ""
    placeholder = ""

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(template=template or rf"group:new:{cls.key}:{CODE}", **kwargs)

    def __init__(
        self, draft: Draft, options: Sequence[tuple[str, str]] = (), now: str = ""
    ) -> None:
        self.draft = draft
        super().__init__(
            f"group:new:{self.key}:{draft.code}",
            self.placeholder,
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
        await show_preview(interaction, self.change(draft, values[0]), "")

    def change(self, draft: Draft, value: str) -> Draft:
        """Return the draft with what was selected."""
        raise NotImplementedError


class LengthMenu(_DraftMenu):
    key, placeholder = "length", "Length"

    @classmethod
    def of(cls, draft: Draft, reader: Reader) -> Self:
        """Return the menu with the usual lengths and that of the draft."""
        lengths = sorted({*LENGTHS, draft.minutes})
        options = [(str(each), session_length(each, reader)) for each in lengths]
        return cls(draft, options, str(draft.minutes))

    def change(self, draft: Draft, value: str) -> Draft:
        return replace(draft, minutes=int(value))


class PlaceMenu(_DraftMenu):
    key, placeholder = "place", "Where to meet"

    @classmethod
    def of(cls, draft: Draft) -> Self:
        """Return the menu with the places to meet."""
        options = [(place, name.capitalize()) for place, name in groups.PLACES.items()]
        return cls(draft, options, draft.place)

    def change(self, draft: Draft, value: str) -> Draft:
        return replace(draft, place=value)


class RecurrenceMenu(_DraftMenu):
    key, placeholder = "repeat", "Does it repeat?"

    @classmethod
    def of(cls, draft: Draft) -> Self:
        """Return the menu with the intervals."""
        options = [("0", "Doesn't repeat"), ("1", "Every week"), ("2", "Every 2 weeks")]
        return cls(draft, options, str(draft.repeat_weeks))

    def change(self, draft: Draft, value: str) -> Draft:
        return replace(draft, repeat_weeks=int(value))


class JoinRolesMenu(
    PersistentItem, ui.DynamicItem[ui.RoleSelect[Any]], template=rf"{ROLES_ID}:{CODE}"
):
    """Limits who may join to the holders of some roles; none means everyone."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        super().__init__(
            ui.RoleSelect(
                custom_id=f"{ROLES_ID}:{draft.code}",
                placeholder="Who can join: everyone",
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
        await show_preview(interaction, replace(draft, role_ids=roles), "")


class ChannelMenu(
    PersistentItem, ui.DynamicItem[ui.ChannelSelect[Any]], template=rf"{CHANNEL_ID}:{CODE}"
):
    """Chooses the channel of the announcement."""

    def __init__(self, draft: Draft, channel_id: int | None = None) -> None:
        self.draft = draft
        super().__init__(
            ui.ChannelSelect(
                custom_id=f"{CHANNEL_ID}:{draft.code}",
                placeholder="Announce it in …",
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
        await show_preview(interaction, changed, "")


PREVIEW_SCREEN.register(show_preview)
