"""What a mentor does to their group session: editing it, closing sign-up, cancelling it.

`mentorship.sessions.groups.moving` moves it to another time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from mentorship import consent, meeting_places
from mentorship.actors import Actor
from mentorship.errors import Field, InvalidField, NotAllowedNow, NotYours, Problem, Subject, Term
from mentorship.events import Event
from mentorship.guilds import guild_settings, moderators
from mentorship.members import members
from mentorship.notifications.publishing import publish
from mentorship.sessions import commitments, lifecycle, transitions
from mentorship.sessions.groups import creation, group_rows, group_views, reminders, waitlist
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, Party, Unit
from mentorship.sessions.places.session_link import SHOWN_FROM
from mentorship.sessions.transitions import LONGEST_REASON
from mentorship.statuses import CALLED_OFF
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession, MentorProfile, Session
from storage.types import RowId

SEATS_AT_ONCE = 25
"""How many seats follow a moved or cancelled group session in the same transaction. The clock
advances the others soon afterwards."""


_AT_THE_PLACE = frozenset({"place", "meeting_link"})
_SHOWN_BY_EVENT = frozenset({"title", "description", "starts_at", "ends_at"})


@dataclass(frozen=True, slots=True)
class GroupEdit:
    """Changes of a group session that leave its time as it is; None leaves a field as it is.

    Seats that are taken keep their price and terms, also if their holders have none of the roles in
    `join_role_ids`, of which an empty collection lets everyone join. An empty `meeting_link`
    removes it. `channel_id` is where the session is announced from now on.
    """

    title: str | None = None
    description: str | None = None
    capacity: int | None = None
    price: int | None = None
    minimum_seats: int | None = None
    meeting_link: str | None = None
    place: str | None = None
    join_role_ids: Collection[int] | None = None
    minimum_deadline: datetime | None = None
    channel_id: int | None = None


async def load_actionable(
    tx: Transaction, actor: Actor, group_id: int, action: Action
) -> GroupView:
    """Load a group session for its mentor, who can do `action` now.

    Raises `NotFound`, `NotYours`, `NotAllowedNow`, and `NotAMember` unless the action only gives
    something up.
    """
    group = await group_views.load_for(tx, actor, group_id)
    require(action, group.party(actor.user_id), group, tx.now)
    if action in lifecycle.NEEDS_MEMBER:
        members.require_member(actor, group.guild_id, is_recorded=not group.mentor.has_left)
    return group


def require(action: Action, party: Party, group: GroupView, now: datetime) -> None:
    """Raise `NotAllowedNow` unless `party` can do `action` to the group session at `now`."""
    lifecycle.transition(action, group.status, party, Unit.GROUP)
    obstacle = lifecycle.obstacle(action, party, group.state, now)
    if obstacle is not None:
        raise NotAllowedNow(action, obstacle, status=group.status, subject=Subject.GROUP_SESSION)


async def edit(
    tx: Transaction,
    actor: Actor,
    group_id: int,
    changes: GroupEdit,
    *,
    revision_shown: int | None = None,
) -> GroupView:
    """Change what a group session says. Attendees keep their price and terms.

    Shortly before the start, they are told of another place to meet. A room that isn't the right
    one any more is deleted, and an announcement in another channel is deleted in the old one.
    `revision_shown` is the revision that the actor saw. Raises what `load_actionable` does,
    `TermsChanged`, and `InvalidField` with all wrong fields, such as a capacity below the seats
    that are taken.
    """
    group = await load_actionable(tx, actor, group_id, Action.EDIT)
    consent.require(Term.REVISION, revision_shown, group.revision)
    guild = await guild_settings.load(tx, group.guild_id)
    request = creation.validate(as_request(group, changes), guild, tx.now)
    if request.minimum_deadline is None and _has_deadline_ahead(group):
        request = replace(request, minimum_deadline=group.minimum_deadline)
    if request.place != group.place and request.meeting_link == group.meeting_link:
        request = replace(request, meeting_link=await _link_elsewhere(tx, group, request.place))
    if request.capacity and request.capacity < group.seats_taken:
        raise InvalidField(Field.CAPACITY, Problem.TOO_SMALL, least=group.seats_taken)
    columns: dict[str, Any] = {
        "title": request.title,
        "description": request.description,
        "capacity": request.capacity,
        "price": request.price,
        "minimum_seats": request.minimum_seats,
        "meeting_link": request.meeting_link,
        "place": request.place,
        "join_role_ids": tuple(request.join_role_ids),
        "minimum_deadline": creation.minimum_deadline(request, tx.now),
        "channel_id": request.channel_id,
    }
    if not group.minimum_seats and not request.minimum_seats:
        # That of a minimum that was reached is history.
        del columns["minimum_deadline"]
    columns = {name: value for name, value in columns.items() if value != getattr(group, name)}
    if not columns:
        return group
    if "minimum_deadline" in columns:
        columns["next_at"] = columns["minimum_deadline"] or group.starts_at
    if "join_role_ids" in columns:
        columns["join_role_ids"] = list(columns["join_role_ids"])
        columns["who_may_join"] = "roles" if columns["join_role_ids"] else "everyone"
    if "channel_id" in columns:
        await group_rows.announce_elsewhere(tx, group.id)
    columns |= {"revision": group.revision + 1, "sequence": group.sequence + 1}
    seat_columns = {
        seat_name: columns[name]
        for name, seat_name in (("title", "topic"), ("meeting_link", "meeting_link"))
        if name in columns
    }
    if seat_columns:
        seats = _UPDATE_SEATS.values(**seat_columns, sequence=Session.sequence + 1)
        await tx.connection.execute(seats, {"row_group": group.id})
    after = await change(tx, group, Action.EDIT, Party.MENTOR, columns, by=actor.user_id)
    if "place" in columns:
        await group_rows.mark_room(tx, group.id)
    if _AT_THE_PLACE & columns.keys() and tx.now >= group.starts_at - SHOWN_FROM:
        # Their reminder with the old place is out already.
        await reminders.tell_place(tx, after)
    await waitlist.fill(tx, group.id)
    return await group_views.load(tx, group.id)


async def _link_elsewhere(tx: Transaction, group: GroupView, place: str) -> str | None:
    """Return the link of a group session that changes its place, and not its link.

    The link of a provider's meeting goes with the meeting, and a provider gives a new one.
    """
    if meeting_places.is_provider(place):
        return None
    if not meeting_places.is_provider(group.place):
        return group.meeting_link
    link: str | None = await tx.connection.scalar(_OWN_LINK, {"row_group": group.id})
    return link


async def set_sign_up(tx: Transaction, actor: Actor, group_id: int, *, is_open: bool) -> GroupView:
    """Close or open sign-up. Raises what `load_actionable` does."""
    action = Action.OPEN_SIGN_UP if is_open else Action.CLOSE_SIGN_UP
    group = await load_actionable(tx, actor, group_id, action)
    columns = {"sign_up_open": is_open}
    after = await change(tx, group, action, Party.MENTOR, columns, by=actor.user_id)
    if is_open:
        await waitlist.fill(tx, group.id)
    return after


async def cancel(
    tx: Transaction,
    actor: Actor,
    group_id: int,
    reason: str = "",
    *,
    seats_shown: int | None = None,
) -> GroupView:
    """Cancel a group session as its mentor or a moderator; everyone is refunded in full.

    `seats_shown` is the number of seats that the actor agreed to cancel. Raises `NotFound`,
    `NotYours`, `OwnCase`, `NotAllowedNow`, `InvalidField`, `TermsChanged`.
    """
    if len(reason) > LONGEST_REASON:
        raise InvalidField(Field.REASON, Problem.TOO_LONG, most=LONGEST_REASON)
    group = await group_views.load_for(tx, actor, group_id)
    party, facts = await _require_canceller(tx, actor, group)
    consent.require(Term.SEATS, seats_shown, group.seats_taken)
    return await call_off(tx, group, party, by=actor.user_id, reason=reason, facts=facts)


async def load_cancellable(tx: Transaction, actor: Actor, group_id: int) -> GroupView:
    """Load a group session that the actor can cancel now. Raises what `cancel` does."""
    group = await group_views.load_for(tx, actor, group_id)
    await _require_canceller(tx, actor, group)
    return group


async def _require_canceller(
    tx: Transaction, actor: Actor, group: GroupView
) -> tuple[Party, dict[str, Any]]:
    """Return as whom the actor cancels, and the facts to record.

    A moderator with a seat of their own would decide about their own refund.
    """
    party, facts = Party.MENTOR, {}
    if actor.user_id != group.mentor.user_id:
        guild = await guild_settings.load(tx, group.guild_id)
        if not moderators.is_moderator(actor, guild):
            raise NotYours(Subject.GROUP_SESSION)
        party = Party.MODERATOR
        own = await group_views.find_own_place(tx, group.id, actor.user_id)
        if own.session_id is not None:
            facts = moderators.require_impartial(actor, actor.user_id)
    require(Action.CANCEL, party, group, tx.now)
    return party, facts


async def call_off(
    tx: Transaction,
    group: GroupView,
    party: Party,
    *,
    by: int | None,
    reason: str,
    facts: Mapping[str, Any] | None = None,
) -> GroupView:
    """Cancel a group session for `reason`, which was checked: its seats follow."""
    columns = {"ended_at": tx.now, "ended_by": by, "ended_reason": reason.strip() or None}
    columns |= {"next_at": None, "waitlist_at": None, "sequence": group.sequence + 1}
    await commitments.release_group(tx, group.id)
    await reminders.drop(tx, group.id)
    await group_rows.mark_seats_due(tx, group.id)
    after = await change(
        tx, group, Action.CANCEL, party, columns, by=by, reason=reason, facts=facts
    )
    row = lifecycle.transition(Action.CANCEL, group.status, party, Unit.GROUP)
    if group.seats_taken and lifecycle.fails_mentee(row, group.starts_at, tx.now):
        await tx.connection.execute(_COUNT_FAILED, {"row_profile": group.profile_id})
    await advance_seats(tx, group.id)
    if group.waiting:
        await waitlist.fill(tx, group.id)
    return await group_views.load(tx, after.id)


_COUNT_FAILED = (
    update(MentorProfile)
    .where(MentorProfile.id == bindparam("row_profile", type_=RowId))
    .values(sessions_failed=MentorProfile.sessions_failed + 1)
)


async def advance_seats(tx: Transaction, group_id: int) -> None:
    """Let the first seats follow their moved or cancelled group session at once."""
    seats = await group_rows.list_upcoming_seats(tx, group_id, SEATS_AT_ONCE)
    await transitions.advance_sessions(tx, seats)


async def change(
    tx: Transaction,
    group: GroupView,
    action: Action,
    party: Party,
    columns: Mapping[str, Any],
    *,
    by: int | None = None,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> GroupView:
    """Carry out a row of the table on a group session: status, columns, and the event.

    The caller checks with `require` that the action is possible. Raises `NotAllowedNow` for an
    action that the table doesn't list.
    """
    row = lifecycle.transition(action, group.status, party, Unit.GROUP)
    values: dict[str, Any] = {"status": row.target, **columns}
    await tx.connection.execute(update_by_id(GroupSession, *values), {"row_id": group.id, **values})
    await group_rows.mark_card(tx, group.id)
    # A change of seats leaves the event alone, also if somebody has moved it in Discord.
    if row.target is not row.source or _SHOWN_BY_EVENT & columns.keys():
        await group_rows.mark_event(tx, group.id)
    if group.meeting_channel_id is not None:
        await group_rows.mark_room(tx, group.id)
    event = Event(
        row.event,
        group.guild_id,
        by,
        subject_id=None if by == group.mentor.user_id else group.mentor.user_id,
        group_id=group.id,
        note=reason or None,
        facts={"act": row.action, "from": row.source, "to": row.target, **(facts or {})},
    )
    due_at = max(group.ends_at, tx.now) if action is Action.START else None
    await publish(tx, event, due_at=due_at, starts_at=group.starts_at)
    return await group_views.load(tx, group.id)


def as_request(group: GroupView, changes: GroupEdit) -> GroupRequest:
    """Return the group session as a request, with changes, to be checked like a new one.

    It has no deadline for the minimum of seats unless that is changed.
    """

    def new(name: str) -> Any:
        changed = getattr(changes, name)
        return getattr(group, name) if changed is None else changed

    return GroupRequest(
        title=new("title"),
        starts_at=group.starts_at,
        minutes=group.minutes,
        capacity=new("capacity"),
        price=new("price"),
        description=new("description"),
        minimum_seats=new("minimum_seats"),
        minimum_deadline=changes.minimum_deadline,
        join_role_ids=tuple(new("join_role_ids")),
        place=new("place"),
        meeting_link=new("meeting_link"),
        repeat_weeks=group.repeat_weeks,
        repeat_left=group.repeat_left,
        channel_id=new("channel_id"),
    )


def _has_deadline_ahead(group: GroupView) -> bool:
    """Return whether the deadline for the minimum of seats is what the clock acts on next."""
    return group.minimum_deadline is not None and group.next_at == group.minimum_deadline


_OWN_LINK = (
    select(MentorProfile.meeting_link)
    .join(GroupSession, GroupSession.profile_id == MentorProfile.id)
    .where(GroupSession.id == bindparam("row_group", type_=RowId))
)
_UPDATE_SEATS = update(Session).where(
    Session.group_id == bindparam("row_group", type_=RowId),
    Session.status.not_in(sorted(CALLED_OFF)),
)
