"""Inviting a member: what a mentor types, and the form for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import discord

from bot import errors
from bot.actors import actor_of
from bot.components.persistent import Form
from bot.components.screens import Screen
from bot.formatting import shortened
from bot.guilds.membership import MembershipUnknown, fetch_member
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, defer_command
from mentorship.errors import (
    Field,
    InvalidField,
    MentorshipError,
    Problem,
    TimeProblem,
    UnreadableTime,
)
from mentorship.sessions.booking import LONGEST_TOPIC
from mentorship.sessions.offers import invitations
from mentorship.sessions.offers.invitations import (
    LONGEST_NOTE,
    InvitationDefaults,
    InvitationRequest,
    Invitee,
)
from mentorship.time.natural_time import parser
from mentorship.typed_numbers import parse_whole_number
from wording import examples, times
from wording.cldr import format_number
from wording.lists import enumerated
from wording.names import first_name
from wording.reader import Reader
from wording.translation import _, current_language, pgettext

_FLOW = "invite"

PREVIEW_SCREEN: Screen[Interaction, Invitee, InvitationRequest] = Screen()
"""The preview of an invitation; `invitation_preview` shows it."""


@dataclass(frozen=True, slots=True)
class InvitationDraft:
    """What a mentor has typed so far, as text. An empty length or price means the usual one."""

    member_id: int
    name: str
    when: str = ""
    minutes: str = ""
    price: str = ""
    topic: str = ""
    note: str = ""

    def read(
        self, defaults: InvitationDefaults, now: datetime, locale: str | None
    ) -> InvitationRequest:
        """Return what was typed as a request. Raises `InvalidField`, `UnreadableTime`."""
        minutes = _read_number(self.minutes, Field.LENGTH)
        price = read_price(self.price)
        time = parser.parse(self.when, zone=defaults.zone, now=now, locale=locale)
        if time.instant is None:
            raise UnreadableTime(self.when, TimeProblem.NOT_EXACT, zone=defaults.zone)
        return InvitationRequest(
            starts_at=time.instant,
            minutes=defaults.minutes if minutes is None else minutes,
            topic=self.topic,
            note=self.note,
            price=price,
        )


def read_price(text: str) -> int | None:
    """Return a typed number of points, None for an empty text. Raises `InvalidField`."""
    return _read_number(text, Field.PRICE)


def _read_number(text: str, field: Field) -> int | None:
    typed = text.strip()
    number = parse_whole_number(typed, current_language())
    if typed and number is None:
        raise InvalidField(field, Problem.NOT_A_WHOLE_NUMBER, typed=typed)
    return number


async def start_invitation(
    interaction: Interaction, member: discord.Member | discord.User, draft: InvitationDraft
) -> None:
    """Show the preview of an invitation if the draft says when, else the form to complete it."""
    db, actor = interaction.client.db, actor_of(interaction)
    defaults = await db.read(invitations.load_defaults, actor)
    if not draft.when:
        await interaction.response.send_modal(
            InvitationForm(draft, defaults, reader_of(interaction))
        )
        return
    try:
        request = draft.read(defaults, db.now(), actor.language)
        await PREVIEW_SCREEN.show(interaction, _invitee_of(member), request)
    except MentorshipError as error:
        form = InvitationForm(draft, defaults, reader_of(interaction))
        await errors.answer(interaction, error, form.keep(interaction, error))


def minutes_hint() -> str:
    """Return the hint below the question for a session's length in minutes."""
    # Translators: below the question "Minutes": how long a session can be
    return _("15 to 240")


def when_hint(zone: str) -> str:
    """Return the hint below the question for a start, in a zone by its name."""
    # Translators: below the question "When?"; {zone} is the name of a city
    return _("Your time ({zone}). It may be outside your weekly hours.", zone=zone)


class InvitationForm(Form):
    """When, how long, for how much, about what, and a note, as text."""

    def __init__(
        self, draft: InvitationDraft, defaults: InvitationDefaults, reader: Reader
    ) -> None:
        super().__init__(
            # Translators: the title of a form, of at most 45 characters with a name
            title=shortened(_("Invite {name} to a session", name=first_name(draft.name)), 45)
        )
        self.draft_flow = _FLOW
        self.draft, self.defaults, self.reader = draft, defaults, reader
        zone = times.zone_name(defaults.zone, reader)
        self.when = self.add_line(
            "when",
            _("When?"),
            when_hint(zone),
            default=draft.when,
            placeholder=enumerated(examples.exact_times(reader), reader),
            max_length=100,
        )
        self.minutes = self.add_line(
            "minutes",
            _("Minutes"),
            minutes_hint(),
            default=draft.minutes or str(defaults.minutes),
            max_length=4,
        )
        self.price = self.add_line(
            "price",
            _("Points"),
            # Translators: {points} is a number
            _(
                "0 is free. Leave it empty for your usual rate ({points} an hour).",
                points=format_number(defaults.hourly_rate, reader.formats),
            ),
            default=draft.price,
            max_length=20,
            required=False,
        )
        self.topic = self.add_line(
            "topic", _("Topic"), None, default=draft.topic, max_length=LONGEST_TOPIC, required=False
        )
        self.note = self.add_text_area(
            "note",
            pgettext("a text that somebody writes", "Note"),
            _("{name} reads it with the invitation", name=first_name(draft.name)),
            max_length=LONGEST_NOTE,
            required=False,
            default=draft.note or None,
        )

    @property
    def typed(self) -> InvitationDraft:
        """What the form holds now."""
        return replace(
            self.draft,
            when=self.when.value,
            minutes=self.minutes.value,
            price=self.price.value,
            topic=self.topic.value,
            note=self.note.value,
        )

    def reopened(self) -> InvitationForm:
        return InvitationForm(self.typed, self.defaults, self.reader)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        locale = actor_of(interaction).language
        request = self.typed.read(self.defaults, interaction.client.db.now(), locale)
        # Asking Discord about the member may take longer than three seconds.
        await (defer_command if interaction.message is None else defer)(interaction)
        invitee = await fetch_invitee(interaction, self.draft.member_id, self.draft.name)
        await PREVIEW_SCREEN.show(interaction, invitee, request)


def _invitee_of(member: discord.Member | discord.User) -> Invitee:
    """Return the person whom a command names; they may have left the guild."""
    is_member = isinstance(member, discord.Member)
    return Invitee(
        member.id,
        member.display_name,
        is_bot=member.bot,
        is_member=is_member,
        screening_pending=member.pending if isinstance(member, discord.Member) else None,
    )


async def fetch_invitee(interaction: Interaction, user_id: int, name: str | None) -> Invitee:
    """Return the member on a card as Discord knows them now; else the database decides."""
    try:
        member = await fetch_member(interaction.client, actor_of(interaction).guild, user_id)
    except MembershipUnknown:
        return Invitee(user_id, name)
    return Invitee(user_id, name, is_member=False) if member is None else _invitee_of(member)
