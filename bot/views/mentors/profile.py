"""A mentor's profile: the card, the button to book, and the form that edits it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, Picture, action_rows
from bot.components.persistent import PersistentButton
from bot.errors import sentence
from bot.formatting import avatar_url, discord_timestamp, plain, quoted, rating_of_people, stars
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.availability.cards import format_days
from bot.views.availability.week_picture import draw_week_of_mentor
from bot.views.booking import flow
from bot.views.mentors.profile_form import ProfileDraft, open_profile_form
from bot.views.sessions.rating import replied_before_change
from bot.views.slot_alerts.items import AskForSlotButton
from mentorship.availability import usual_hours
from mentorship.availability.slot_alerts import alerts
from mentorship.errors import NotAvailable
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.mentors import profiles
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.search import profile_views
from mentorship.search.profile_views import ProfileView
from mentorship.statuses import ProfileStatus
from wording.cldr import format_number
from wording.lists import enumerated
from wording.mentoring.track_record import answers, completion_rate
from wording.points import format_points
from wording.reader import Reader
from wording.times import date_range, zone_name
from wording.translation import _, pgettext

MAX_TRIPS_SHOWN = 3


async def show_profile(interaction: Interaction, user_id: int) -> None:
    """Show a mentor's profile, with times in the viewer's zone."""
    db = interaction.client.db
    actor = actor_of(interaction)
    profile = await db.read(profile_views.load, actor, user_id)
    guild = await db.read(guild_settings.load, actor.guild)
    member = await db.read(members.load, actor)
    is_own = user_id == actor.user_id
    actions: list[PersistentButton] = []
    if profile.takes_bookings and not is_own:
        actions.append(BookMentorButton(user_id))
    if profile.can_be_waited_for and not is_own:
        alert = await db.read(alerts.find_own, actor, user_id)
        label = {} if alert is None else {"label": _("Change slot alert")}
        actions.append(AskForSlotButton(actor.guild, user_id, **label))
    picture = None
    if profile.takes_bookings:
        picture = await draw_week_of_mentor(interaction, profile, member.timezone)
    card = profile_card(profile, guild, reader_of(interaction), member.timezone, db.now(), picture)
    await respond(interaction, card=card, actions=action_rows(*actions))


def profile_card(
    profile: ProfileView,
    guild: GuildSettings,
    reader: Reader,
    viewer_zone: str | None,
    now: datetime,
    picture: Picture | None = None,
) -> Card:
    """Return the card of a profile, with hours in the viewer's zone, or else in the mentor's."""
    price = pgettext("a mentor who takes no points", "Free")
    if profile.hourly_rate:
        price = _("{points} an hour", points=format_points(profile.hourly_rate, guild, reader))
    card = Card(
        title=plain(profile.name),
        text="\n".join(
            (
                f"{rating_of_people(profile.rating, profile.rating_count)} · {price}",
                plain(profile.bio),
            )
        ),
        accent=Accent.NEUTRAL,
        # Inside a card Discord shows mentions of unknown members as numbers.
        url=f"https://discord.com/users/{profile.user_id}",
        thumbnail=avatar_url(profile.user_id, profile.avatar),
    )
    card.add_fact(_("Expertise"), plain(enumerated(profile.expertise, reader)))
    record = profile.track_record
    card.add_fact(
        _("Completed sessions"), format_number(profile.sessions_completed, reader.formats)
    )
    if record.completion_rate is not None:
        card.add_fact(_("Reliability"), completion_rate(record.completion_rate, reader))
    if record.response_rate is not None:
        card.add_fact(
            pgettext("how a mentor answers requests", "Answers"),
            answers(record.response_rate, record.answer_hours, reader),
        )
    card.add_fact(
        _hours_label(profile, reader, viewer_zone), _usual_hours(profile, reader, viewer_zone, now)
    )
    if profile.travel:
        card.add_fact(pgettext("a mentor's trips", "Travel"), _format_travel(profile, reader))
    if picture is not None:
        card.add_picture(picture)
    if profile.status == ProfileStatus.SUSPENDED:
        card.add_fact(pgettext("a mentor", "Suspended"), _("Please talk to the moderators."))
    elif profile.status == ProfileStatus.STOPPED:
        card.add_fact(_("Not mentoring"), _("To start again, use `/mentor resume`."))
    elif not profile.available:
        card.add_fact(
            pgettext("whether a mentor can be booked", "Booking"),
            sentence(NotAvailable(profile.name), reader),
        )
    elif profile.paused:
        until = profile.paused_until
        text = (
            _("Takes no new bookings until {time}.", time=discord_timestamp(until))
            if until
            else _("Takes no new bookings.")
        )
        card.add_fact(pgettext("a mentor's profile", "Paused"), text)
    else:
        slots = "\n".join(f"• {discord_timestamp(start)}" for start in profile.next_slots)
        card.add_fact(
            _("Next open slots"), slots or pgettext("open slots", "none in the next two weeks")
        )
    for review in profile.reviews:
        text = f"{plain(review.text)[:300]}"
        if review.reply:
            earlier = f"\n*{replied_before_change()}*" if review.reply_is_outdated else ""
            text += f"{earlier}\n{quoted(review.reply[:200])}"
        card.add_fact(stars(review.stars), text)
    return card


def _hours_label(profile: ProfileView, reader: Reader, viewer_zone: str | None) -> str:
    if viewer_zone is not None:
        return _("Usual hours (your time)")
    return _("Usual hours ({city} time)", city=zone_name(profile.schedule.zone, reader))


def _usual_hours(
    profile: ProfileView, reader: Reader, viewer_zone: str | None, now: datetime
) -> str:
    """Return the weekly hours, one line for a day or for consecutive days with equal hours."""
    zone = profile.schedule.zone
    weekly = usual_hours.convert(profile.schedule.weekly, zone, viewer_zone or zone, now)
    return format_days(weekly, reader) or pgettext("weekly hours", "none yet")


def _format_travel(profile: ProfileView, reader: Reader) -> str:
    trips = [
        # Translators: where a mentor is on a trip: "In Paris Tue 24 Nov – Wed 25 Nov 2026"
        _(
            "In {city} {dates}",
            city=zone_name(trip.zone, reader),
            dates=date_range(trip.first, trip.last, reader),
        )
        for trip in profile.travel[:MAX_TRIPS_SHOWN]
    ]
    return "\n".join([*trips, _("Hours follow the local time there.")])


class BookMentorButton(PersistentButton, template=r"profile:book:(?P<mentor>\d{1,20})"):
    """Starts a booking with the mentor."""

    def __init__(self, mentor_id: int) -> None:
        self.mentor_id = mentor_id
        super().__init__(
            f"profile:book:{mentor_id}", _("Book a session"), discord.ButtonStyle.success
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["mentor"]))

    async def on_press(self, interaction: Interaction) -> None:
        await flow.start_booking(
            interaction, mentor=str(self.mentor_id), when=None, minutes=None, topic=""
        )


async def open_edit_form(interaction: Interaction) -> None:
    """Open the form with the mentor's latest text, which may be waiting for approval."""
    db = interaction.client.db
    actor = actor_of(interaction)
    text = await db.read(profiles.before_edit, actor)
    guild = await db.read(guild_settings.load, actor.guild)
    draft = ProfileDraft.of(text, text.meeting_link)
    await open_profile_form(interaction, guild, draft, _edit, _("Your mentor profile"), "edit")


async def _edit(interaction: Interaction, content: ProfileContent) -> None:
    """Save the edited profile, and say which changes apply and which wait."""
    edited = await interaction.client.db.run(profiles.edit, actor_of(interaction), content)
    lines = []
    if edited.rate_changed:
        lines.append(_("Your new rate applies to new bookings."))
    if edited.link_changed and content.meeting_link:
        lines.append(
            _("Your meeting link is saved. Booked sessions that already have a link keep it.")
        )
    elif edited.link_changed:
        lines.append(
            _("Your meeting link is removed. Booked sessions that already have a link keep it.")
        )
    if edited.pending is not None:
        lines.append(
            _(
                "The moderators will review your new text. Until they approve it, "
                "members see the old one. Check on it with `/mentor status`."
            )
        )
    if edited.published:
        lines.append(_("Your new text is live: `/mentor profile`."))
    if edited.withdrawn:
        lines.append(
            _("The text that was with the moderators is withdrawn. Members still see the old one.")
        )
    await respond(interaction, "\n".join(lines) or _("Nothing has changed."))
