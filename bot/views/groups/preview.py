"""The preview of a group session before it is created: everything completed, and what to change."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept
from bot.components.persistent import (
    PersistentButton,
    cache_buster,
)
from bot.errors import not_bookable, sentence
from bot.formatting import discord_timestamp, plain, plain_title, relative
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, press_key, respond
from bot.views.groups.channels import announcing_problem, may_announce
from bot.views.groups.draft import CODE, Draft
from bot.views.groups.form import PREVIEW_SCREEN, no_limit, open_form, open_options
from bot.views.groups.items import DETAILS_SCREEN, DismissButton
from bot.views.groups.preview_menus import draft_menus
from mentorship.errors import InvalidField, NotBookableReason, SlotUnavailable, TermsChanged
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.groups import creation, mentor_defaults
from mentorship.sessions.groups.creation import GroupPreview, GroupRequest
from mentorship.time.intervals import Span
from wording import groups
from wording.durations import session_length
from wording.integrations import calendars
from wording.points import format_points
from wording.reader import Reader
from wording.times import describe_compact, describe_local, zone_name
from wording.translation import N_, _, ngettext, pgettext, sentences

NEAREST_SHOWN = 3

_BUSY = N_("You already have a session at that time.")


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
        why = _(_BUSY) if is_busy else not_bookable(error, reader)
        nearest = _("These are the nearest free times:") if error.nearest else ""
        note = f"{note}\n{sentences(why, nearest)}".strip()
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
    providers, salt = interaction.client.meeting_providers, cache_buster(interaction)
    card.add_actions(*draft_menus(draft, request.channel_id, reader, salt, providers))
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
        text=_("Preview. Nothing is published yet."),
        accent=Accent.OVER if checked is not None else Accent.WAITING,
    )
    if draft.description:
        card.add_kept(Kept.DESCRIPTION, _("Description"), draft.description)
    span = Span(request.starts_at, request.span.end)
    card.add_fact(_("When"), f"{discord_timestamp(span.start)} ({relative(span.start)})")
    own_time = describe_local(span.start, span.end, zone, reader)
    card.add_fact(_("Your time ({zone})", zone=zone_name(zone, reader)), own_time)
    utc = describe_local(span.start, span.end, "UTC", reader).removesuffix(" UTC")
    if utc != own_time:
        card.add_fact("UTC", utc)
    if checked is not None and checked.has_appointment:
        card.add_text(_(calendars.OWN_APPOINTMENT))
    length, price = session_length(request.minutes, reader), _price(request, checked, guild, reader)
    # Translators: the length and price of a session: "90 minutes, 🪙 60 a seat"
    terms = _("{length}, {price}", length=length, price=price)
    card.add_fact(_("Length and price"), terms)
    card.add_fact(_("Seats"), str(request.capacity) if request.capacity else no_limit())
    if request.minimum_seats and request.minimum_deadline is not None:
        # Translators: the minimum number of seats, and until when they must be taken
        needed = ngettext(
            "{count} seat by {time}.",
            "{count} seats by {time}.",
            request.minimum_seats,
            time=discord_timestamp(request.minimum_deadline),
        )
        # Translators: follows "2 seats by <time>.", the minimum number of seats
        outcome = _("With fewer, it's cancelled.")
        if request.price:
            # Translators: follows "2 seats by <time>.", the minimum number of seats
            outcome = _("With fewer, it's cancelled and everyone is refunded.")
        card.add_fact(_("Minimum"), sentences(needed, outcome))
    if request.repeat_weeks:
        repetition = groups.repetition(request.repeat_weeks, request.repeat_left, reader)
        card.add_fact(_("Repeats"), repetition)
    channel = pgettext("the channel of an announcement", "not yet")
    if request.channel_id is not None:
        channel = f"<#{request.channel_id}>"
    card.add_fact(_("Announced in"), channel)
    if draft.link:
        card.add_kept(Kept.LINK, _("Meeting link"), draft.link)
    elif request.place == "link":
        # Translators: after the label "Meeting link"; {button} is "More options"
        missing = _("none yet. Add one in {button}", button=_("More options"))
        card.add_fact(_("Meeting link"), request.meeting_link or missing)
    return card


def _price(
    request: GroupRequest, checked: GroupPreview | None, guild: GuildSettings, reader: Reader
) -> str:
    """Return the price of a seat, and what the server's fee leaves of it."""
    if not request.price:
        return pgettext("a price", "free")
    points = format_points(request.price, guild, reader)
    if checked is None or checked.payout == request.price:
        # Translators: the price of a seat in a group session
        return _("{points} a seat", points=points)
    payout = format_points(checked.payout, guild, reader)
    return _("{points} a seat (you get {payout} after the fee)", points=points, payout=payout)


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
        super().__init__(
            draft, pgettext("button", "Create"), discord.ButtonStyle.success, f":{payout}"
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Draft.decode(match), int(match["payout"]))

    async def perform(self, interaction: Interaction) -> None:
        await defer(interaction)
        db, actor = interaction.client.db, actor_of(interaction)
        guild = await db.read(guild_settings.load, actor.guild)
        if not may_announce(interaction, self.draft.channel_id, guild):
            await show_preview(interaction, self.draft, _("Nothing was created."))
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
            await show_preview(interaction, self.draft, _("Nothing was created."))
            return
        except TermsChanged as error:
            await show_preview(interaction, self.draft, sentence(error, reader_of(interaction)))
            return
        created = _("“{title}” is created.", title=plain_title(group.title))
        if group.channel_id is None:
            place = _("It isn't announced yet. Choose a channel for it below.")
        else:
            channel = f"<#{group.channel_id}>"
            place = _("I'm announcing it in {channel}.", channel=channel)
        await DETAILS_SCREEN.show(interaction, group.id, sentences(created, place))


class EditTextButton(_DraftButton):
    """Opens the form again, filled in with what the card shows."""

    key = "text"

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, pgettext("button", "Edit"))

    async def perform(self, interaction: Interaction) -> None:
        await open_form(interaction, self.draft)


class OptionsButton(_DraftButton):
    """Opens the form with what the preview has no menu for."""

    key = "more"

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, _("More options"))

    async def perform(self, interaction: Interaction) -> None:
        await open_options(interaction, self.draft)


class EventButton(_DraftButton):
    """Says whether there is a Discord event beside the announcement."""

    key = "event"

    def __init__(self, draft: Draft) -> None:
        label = _("Discord event: on") if draft.wants_event else _("Discord event: off")
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


PREVIEW_SCREEN.register(show_preview)
