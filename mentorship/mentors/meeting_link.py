"""Where a mentor meets, and their own meeting link: loading and changing them.

A link is shown to the participants of confirmed sessions only, never on a profile.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, or_, select, update

from mentorship import events, meeting_places
from mentorship.actors import Actor
from mentorship.errors import Field, InvalidField, Problem
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.mentors import own_profile
from mentorship.mentors.profile_rules import LONGEST_SESSION, validate_link
from mentorship.statuses import AGREED, UPCOMING
from storage import Transaction
from storage.tables import GroupSession, Guild, MentorProfile, ProviderMeeting, Session

_UPDATE_PROFILE = (
    update(MentorProfile)
    .where(MentorProfile.id == bindparam("profile"))
    .values(meeting_link=bindparam("link"))
)
_profile = select(MentorProfile).where(MentorProfile.id == bindparam("profile"))
OWN_PLACES = (meeting_places.LINK, *meeting_places.PROVIDERS)
"""What a mentor can choose. A room in Discord needs settings of the guild."""

_UPDATE_PLACE = (
    update(MentorProfile)
    .where(MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user"))
    .values(meeting_place=bindparam("place"))
)
_GUILD_PLACE = (
    select(Guild.meeting_place)
    .where(Guild.id == _profile.with_only_columns(MentorProfile.guild_id).scalar_subquery())
    .correlate(None)
)
_FELL_BACK = select(ProviderMeeting.id).where(
    ProviderMeeting.session_id == Session.id, ProviderMeeting.fell_back_at.is_not(None)
)
_FILL_SESSIONS = update(Session).where(
    # By the index that has the starts, too: a mentor's past sessions may be many.
    Session.guild_id == _profile.with_only_columns(MentorProfile.guild_id).scalar_subquery(),
    Session.mentor_id == _profile.with_only_columns(MentorProfile.user_id).scalar_subquery(),
    Session.starts_at > bindparam("since", type_=Session.starts_at.type),
    Session.status.in_(sorted(UPCOMING | AGREED)),
    Session.ends_at > bindparam("now", type_=Session.ends_at.type),
    Session.meeting_link.is_(None),
    # Those that have or get a meeting at a provider need none, unless the provider failed.
    or_(
        _FELL_BACK.exists(),
        func.coalesce(
            _profile.with_only_columns(MentorProfile.meeting_place).scalar_subquery(),
            _GUILD_PLACE.scalar_subquery(),
        ).not_in(meeting_places.PROVIDERS),
    ),
)
_FILL_GROUPS = update(GroupSession).where(
    # As above, by the index of a mentor's group sessions by status.
    GroupSession.guild_id == _profile.with_only_columns(MentorProfile.guild_id).scalar_subquery(),
    GroupSession.mentor_id == _profile.with_only_columns(MentorProfile.user_id).scalar_subquery(),
    GroupSession.place == "link",
    GroupSession.status.in_(sorted(AGREED)),
    GroupSession.meeting_link.is_(None),
)


async def store(tx: Transaction, profile_id: int, link: str | None) -> None:
    """Store a validated link for future bookings, and for booked sessions that have none.

    Sessions that have a link keep it: their participants may have noted it down.
    """
    await tx.connection.execute(_UPDATE_PROFILE, {"profile": profile_id, "link": link})
    if link is not None:
        params = {"profile": profile_id, "now": tx.now, "since": tx.now - LONGEST_SESSION}
        # Calendars are told of it by a higher revision number.
        sessions = _FILL_SESSIONS.values(meeting_link=link, sequence=Session.sequence + 1)
        groups = _FILL_GROUPS.values(meeting_link=link, sequence=GroupSession.sequence + 1)
        await tx.connection.execute(sessions, params)
        await tx.connection.execute(groups, {"profile": profile_id})


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """Where a mentor meets: `place` is their own choice, None for the guild's, `guild_place`."""

    place: str | None
    guild_place: str


async def load_place(tx: Transaction, actor: Actor) -> OwnPlace:
    """Load where the actor meets. Raises what `own_profile.why_not_mentoring` returns."""
    profile = await own_profile.load_approved(tx, actor)
    guild = await guild_settings.load(tx, actor.guild)
    return OwnPlace(profile.meeting_place, guild.meeting_place)


async def change_place(tx: Transaction, actor: Actor, place: str | None) -> OwnPlace:
    """Choose where the actor meets in sessions that are confirmed from now on.

    `place` is `link` or a meeting provider, None for the guild's choice. Raises what `load_place`
    does, and `InvalidField`.
    """
    own = await load_place(tx, actor)
    if place is not None and place not in OWN_PLACES:
        raise InvalidField(Field.MEETING_PLACE, Problem.NOT_AN_OPTION)
    if place != own.place:
        params = {"guild": actor.guild, "user": actor.user_id, "place": place}
        await tx.connection.execute(_UPDATE_PLACE, params)
        event = Event(EventType.PROFILE_UPDATED, actor.guild, actor.user_id)
        await events.record(tx, event)
    return OwnPlace(place, own.guild_place)


async def load_own(tx: Transaction, actor: Actor) -> str | None:
    """Load the link of the actor, a mentor or an applicant; None without one."""
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    return None if profile is None else profile.meeting_link


async def change(tx: Transaction, actor: Actor, text: str) -> str | None:
    """Change the actor's own link, or remove it with an empty text. Returns the new one.

    Raises what `own_profile.why_not_mentoring` returns, and `InvalidField`.
    """
    profile = await own_profile.load_approved(tx, actor)
    link = validate_link(text)
    if link != profile.meeting_link:
        await store(tx, profile.id, link)
        # The link itself isn't among the facts: readers of events needn't be able to join.
        event = Event(EventType.PROFILE_UPDATED, actor.guild, actor.user_id)
        await events.record(tx, event)
    return link
