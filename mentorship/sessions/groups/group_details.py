"""A group session with everything that its card shows to one reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mentorship.actors import Actor
from mentorship.errors import NotYours, Subject
from mentorship.guilds import guild_settings, moderators
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.pagination import Page
from mentorship.sessions import session_views
from mentorship.sessions.groups import group_views
from mentorship.sessions.groups.group_views import Attendee, GroupView, OwnPlace
from mentorship.sessions.lateness import late_attendees
from mentorship.sessions.lateness.late_attendees import NOBODY, LateAttendees
from mentorship.sessions.session_views import SessionView
from storage import Transaction


@dataclass(frozen=True, slots=True)
class GroupDetails:
    """A group session for a reader.

    `attendees` are those who have a seat, at most 100; empty if the reader may not see them. `own`
    is the reader's seat or place in line, and `seat` their seat. `late` are the attendees who
    will be late, for the mentor. `moderates` tells whether they are a moderator.
    """

    group: GroupView
    guild: GuildSettings
    attendees: Sequence[Attendee]
    own: OwnPlace
    seat: SessionView | None
    late: LateAttendees
    is_mentor: bool
    moderates: bool


async def load(tx: Transaction, actor: Actor, group_id: int) -> GroupDetails:
    """Load a group session of the actor's guild; in a direct message, of any. Raises `NotFound`.

    The mentor and moderators see who has a seat, and so does everybody where the guild shows it.
    """
    group = await group_views.load_for(tx, actor, group_id)
    guild = await guild_settings.load(tx, group.guild_id)
    is_mentor = actor.user_id == group.mentor.user_id
    moderates = actor.guild_id == group.guild_id and moderators.is_moderator(actor, guild)
    attendees: Sequence[Attendee] = ()
    if is_mentor or moderates or guild.show_attendees:
        attendees = await group_views.list_attendees(tx, group_id)
    own = await group_views.find_own_place(tx, group_id, actor.user_id)
    seat = None if own.session_id is None else await session_views.load(tx, own.session_id)
    late = await late_attendees.load(tx, group_id) if is_mentor else NOBODY
    return GroupDetails(group, guild, attendees, own, seat, late, is_mentor, moderates)


async def list_attendees(
    tx: Transaction, actor: Actor, group_id: int, cursor: str | None = None, size: int = 100
) -> tuple[Page[Attendee], bool]:
    """List a page of attendees, and whether the actor is the mentor or a moderator.

    Raises `NotFound`, and `NotYours` for others where the guild doesn't show attendees.
    """
    group = await group_views.load_for(tx, actor, group_id)
    guild = await guild_settings.load(tx, group.guild_id)
    runs_it = actor.user_id == group.mentor.user_id or moderators.is_moderator(actor, guild)
    if not (runs_it or guild.show_attendees):
        raise NotYours(Subject.GROUP_SESSION)
    return await group_views.list_attendees_page(tx, group_id, cursor, size), runs_it
