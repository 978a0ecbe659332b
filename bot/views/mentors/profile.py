"""A mentor's profile: the card, the button to book, and the form that edits it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import PersistentButton
from bot.errors import sentence
from bot.formatting import moment, plain, quoted, rating_of_people, shortened, stars
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.booking import flow
from bot.views.mentors.profile_form import ProfileDraft, open_profile_form
from bot.views.sessions.rating import REPLIED_BEFORE_CHANGE
from mentorship.availability import opening_hours
from mentorship.errors import NotAvailable
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.mentors import profiles
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.search import profile_views
from mentorship.search.profile_views import ProfileView
from mentorship.statuses import ProfileStatus
from mentorship.time import intervals, timezones
from wording.points import format_points
from wording.reader import ENGLISH


async def show_profile(interaction: Interaction, user_id: int) -> None:
    """Show a mentor's profile, with times in the viewer's zone."""
    db = interaction.client.db
    actor = actor_of(interaction)
    profile = await db.read(profile_views.load, actor, user_id)
    guild = await db.read(guild_settings.load, actor.guild)
    member = await db.read(members.load, actor)
    zone = member.timezone or profile.schedule.zone
    is_own = user_id == actor.user_id
    actions = (
        action_rows(BookMentorButton(user_id)) if profile.takes_bookings and not is_own else ()
    )
    # Inside a card Discord shows mentions of unknown members as numbers.
    card = profile_card(profile, guild, zone, db.now())
    await respond(interaction, f"<@{user_id}>", card=card, actions=actions)


def profile_card(profile: ProfileView, guild: GuildSettings, zone: str, now: datetime) -> Card:
    """Return the card of a profile, with times in `zone`."""
    card = Card(title=plain(profile.name), text=plain(profile.bio), accent=Accent.NEUTRAL)
    card.add_fact("Expertise", plain(", ".join(profile.expertise)))
    price = format_points(profile.hourly_rate, guild, ENGLISH) if profile.hourly_rate else "free"
    card.add_fact("An hour", price)
    card.add_fact("Rating", rating_of_people(profile.rating, profile.rating_count))
    card.add_fact("Sessions", str(profile.sessions_completed))
    if (rate := profile.response_rate) is not None:
        card.add_fact("Answered", f"{rate.answered} of {rate.requests} requests")
    card.add_fact(
        f"Usual hours on the clock of {zone}", _usual_hours(profile, zone, now) or "none yet"
    )
    if profile.status == ProfileStatus.SUSPENDED:
        card.add_fact("Suspended", "Please talk to the moderators.")
    elif profile.status == ProfileStatus.STOPPED:
        card.add_fact("Not mentoring", "`/mentor resume` brings you back.")
    elif not profile.available:
        card.add_fact("Booking", sentence(NotAvailable(plain(profile.name))))
    elif profile.paused:
        until = f" until {moment(profile.paused_until)}" if profile.paused_until else ""
        card.add_fact("Pausing", f"Takes no new bookings{until}.")
    else:
        slots = "\n".join(f"• {moment(start)}" for start in profile.next_slots)
        card.add_fact("Next open times", slots or "none in the next two weeks")
    for review in profile.reviews:
        text = plain(shortened(review.text, 300))
        if review.reply:
            earlier = f"\n*{REPLIED_BEFORE_CHANGE}*" if review.reply_is_outdated else ""
            text += f"{earlier}\n{quoted(shortened(review.reply, 200))}"
        card.add_fact(stars(review.stars), text)
    return card


def _usual_hours(profile: ProfileView, zone: str, now: datetime) -> str:
    """Return the weekly hours of the next seven days in the viewer's zone, Monday first."""
    schedule = opening_hours.Schedule(profile.schedule.zone, profile.schedule.weekly)
    begin, _ = timezones.day_bounds(timezones.to_local(now, zone).date(), zone)
    week = intervals.Span(begin, begin + timedelta(days=7))
    intervals_by_day: dict[tuple[int, str], list[str]] = {}
    for interval in opening_hours.open_intervals(schedule, week):
        start = timezones.to_local(interval.start, zone)
        end = timezones.to_local(interval.end, zone)
        day = (start.weekday(), f"{start:%a}")
        intervals_by_day.setdefault(day, []).append(f"{start:%H:%M}–{end:%H:%M}")
    return "\n".join(
        f"**{name}** {', '.join(spans)}" for (_, name), spans in sorted(intervals_by_day.items())
    )


class BookMentorButton(PersistentButton, template=r"profile:book:(?P<mentor>\d{1,20})"):
    """Starts a booking with the mentor."""

    def __init__(self, mentor_id: int) -> None:
        self.mentor_id = mentor_id
        super().__init__(f"profile:book:{mentor_id}", "Book a session", discord.ButtonStyle.success)

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
    await open_profile_form(interaction, guild, draft, _edit, "Your mentor profile", "edit")


async def _edit(interaction: Interaction, content: ProfileContent) -> None:
    """Save the edited profile, and say which changes apply and which wait."""
    edited = await interaction.client.db.run(profiles.edit, actor_of(interaction), content)
    lines = []
    if edited.rate_changed:
        lines.append("Your new rate holds for new bookings from now on.")
    if edited.link_changed and content.meeting_link:
        lines.append(
            "Your meeting link is saved. Booked sessions that already have a link keep it."
        )
    elif edited.link_changed:
        lines.append(
            "Your meeting link is removed. Booked sessions that already have a link keep it."
        )
    if edited.pending is not None:
        lines.append(
            "The moderators look at your new text. Until they approve it, members see the old one. "
            "How it stands: `/mentor status`."
        )
    if edited.published:
        lines.append("Your new text can be seen now: `/mentor profile`.")
    if edited.withdrawn:
        lines.append("The text that waited for the moderators is taken back; the old one stays.")
    await respond(interaction, "\n".join(lines) or "Nothing has changed.")
