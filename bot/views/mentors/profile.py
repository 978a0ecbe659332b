"""A mentor's profile: the card, the button to book, and the form that edits it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.persistent import PersistentButton, persistent_view
from bot.errors import sentence
from bot.formatting import moment, plain, quoted, rating_of_people, stars
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
    view = (
        persistent_view(BookMentorButton(user_id))
        if profile.takes_bookings and not is_own
        else None
    )
    # Inside an embed Discord shows mentions of unknown members as numbers.
    card = profile_card(profile, guild, zone, db.now())
    await respond(interaction, f"<@{user_id}>", embed=card, view=view)


def profile_card(
    profile: ProfileView, guild: GuildSettings, zone: str, now: datetime
) -> discord.Embed:
    """Return the card of a profile, with times in `zone`."""
    embed = discord.Embed(
        title=plain(profile.name),
        description=plain(profile.bio),
        colour=discord.Colour.blurple(),
    )
    embed.add_field(name="Expertise", value=plain(", ".join(profile.expertise)), inline=False)
    price = format_points(profile.hourly_rate, guild, ENGLISH) if profile.hourly_rate else "free"
    embed.add_field(name="An hour", value=price)
    embed.add_field(name="Rating", value=rating_of_people(profile.rating, profile.rating_count))
    embed.add_field(name="Sessions", value=str(profile.sessions_completed))
    if (rate := profile.response_rate) is not None:
        embed.add_field(name="Answered", value=f"{rate.answered} of {rate.requests} requests")
    embed.add_field(
        name=f"Usual hours on the clock of {zone}",
        value=_usual_hours(profile, zone, now) or "none yet",
        inline=False,
    )
    if profile.status == ProfileStatus.SUSPENDED:
        embed.add_field(name="Suspended", value="Please talk to the moderators.", inline=False)
    elif profile.status == ProfileStatus.STOPPED:
        embed.add_field(
            name="Not mentoring", value="`/mentor resume` brings you back.", inline=False
        )
    elif not profile.available:
        embed.add_field(name="Booking", value=sentence(NotAvailable(plain(profile.name))))
    elif profile.paused:
        until = f" until {moment(profile.paused_until)}" if profile.paused_until else ""
        embed.add_field(name="Pausing", value=f"Takes no new bookings{until}.", inline=False)
    else:
        slots = "\n".join(f"• {moment(start)}" for start in profile.next_slots)
        embed.add_field(
            name="Next open times", value=slots or "none in the next two weeks", inline=False
        )
    for review in profile.reviews:
        text = f"{plain(review.text)[:300]}"
        if review.reply:
            earlier = f"\n*{REPLIED_BEFORE_CHANGE}*" if review.reply_is_outdated else ""
            text += f"{earlier}\n{quoted(review.reply[:200])}"
        embed.add_field(name=stars(review.stars), value=text, inline=False)
    return embed


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
