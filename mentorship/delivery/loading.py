"""Load due notifications together with the data that their texts need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, literal_column, select

from mentorship.administration import audit
from mentorship.availability.slot_alerts import open_slots
from mentorship.availability.slot_alerts.open_slots import OpenSlots
from mentorship.delivery.dm_budget import Bucket
from mentorship.delivery.unreadable import PROBLEM, try_each
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import application_views
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.question_rules import Answer
from mentorship.notifications.catalogue import CATALOGUE, SERIES_KINDS, NotificationKind
from mentorship.notifications.timing import URGENCIES
from mentorship.points import grant_requests
from mentorship.points.grant_requests import GrantRequestView
from mentorship.relationships import goal_questions, last_time, next_steps
from mentorship.relationships.goal_questions import GoalQuestion
from mentorship.relationships.last_time import LastTime
from mentorship.relationships.next_steps import StepView
from mentorship.relationships.pairs import MentorshipView
from mentorship.sessions import alternatives, booking_answers, points_history, session_views
from mentorship.sessions.alternatives import Alternative
from mentorship.sessions.follow_up import reviews, thanks
from mentorship.sessions.follow_up.thanks import SessionThanks
from mentorship.sessions.groups import group_attendance, group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lateness import late_attendees
from mentorship.sessions.lateness.late_attendees import NOBODY, LateAttendees
from mentorship.sessions.offers import invitation_views, request_views
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.sessions.offers.request_views import HelpRequestView
from mentorship.sessions.series import views as series_views
from mentorship.sessions.series.views import SeriesView
from mentorship.sessions.session_reviews import SessionReview
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import GroupSession, Guild, Invitation, Member, Notification, Session
from storage.types import require_instants

GIVE_UP_AFTER = timedelta(days=3)
"""How long a notification without `useful_until` is tried after it was due. See also
`mentorship.delivery.outcomes.MAX_ATTEMPTS`."""

FAILED = Notification.status == literal_column("'failed'")

_GRANT_KINDS = frozenset({NotificationKind.GRANT_REQUESTED, NotificationKind.GRANT_DECIDED})
_WITH_ALTERNATIVES = frozenset({NotificationKind.EXPIRED, NotificationKind.SERIES_EXPIRED})
_AFTER_GROUP = frozenset({NotificationKind.SESSION_ENDED, NotificationKind.COMPLETED})
_WITH_ANSWERS = frozenset({*SERIES_KINDS, NotificationKind.REQUESTED})
_SEAT_KINDS = _AFTER_GROUP | {NotificationKind.STARTING}
_AT_THE_START = frozenset(
    {NotificationKind.REMINDER, NotificationKind.STARTING, NotificationKind.RUNNING_LATE}
)
_REVIEW_KINDS = frozenset(
    {
        NotificationKind.RATED,
        NotificationKind.REPLIED,
        NotificationKind.REVIEW_HIDDEN,
        NotificationKind.REVIEW_SHOWN,
    }
)

CHANGES_MENTOR_ROLE = frozenset(
    {
        NotificationKind.APPROVED,
        NotificationKind.REINSTATED,
        NotificationKind.SUSPENDED,
        NotificationKind.MENTOR_ROLE,
    }
)
"""Kinds whose delivery also gives or takes the guild's mentor role."""

_IS_RECIPIENT = (Member.guild_id == Notification.guild_id) & (
    Member.user_id == Notification.user_id
)

_ROWS = (
    select(
        *Notification.__table__.c,
        Member.muted_notices,
        Member.quiet_from,
        Member.quiet_until,
        Member.timezone,
        func.coalesce(Member.chosen_language, Member.language).label("language"),
        Member.dm_channel_id,
        func.coalesce(Session.starts_at, Invitation.starts_at).label("session_starts_at"),
        func.coalesce(Session.next_at, Invitation.next_at).label("session_next_at"),
        Session.mentor_id.label("session_mentor_id"),
        GroupSession.starts_at.label("group_starts_at"),
        GroupSession.ends_at.label("group_ends_at"),
        GroupSession.complete_after.label("group_complete_after"),
        Guild.purge_began_at,
    )
    .outerjoin(Guild, Guild.id == Notification.guild_id)
    .outerjoin(Member, _IS_RECIPIENT)
    .outerjoin(Session, Session.id == Notification.session_id)
    .outerjoin(Invitation, Invitation.id == Notification.invitation_id)
    .outerjoin(
        GroupSession,
        (GroupSession.id == Notification.group_id) & Notification.session_id.is_(None),
    )
    .where(Notification.id.in_(bindparam("ids", expanding=True)))
)

NotificationRow = Row[*tuple[Any, ...]]
"""A notification with its recipient, if it has one, and the times of what it is about.

While `purge_began_at` is set, the rows that it is about may be gone, and it goes with them."""


@dataclass(frozen=True, slots=True)
class DueNotification:
    """A notification to send now, with the data of its text as of `now`.

    Attributes:
        user_id: The recipient; None for a channel of the guild.
        attempts: The number of attempts, including this one.
        is_urgent: Whether it is sent before others.
        caused_by: The person whose act caused it; None for the program.
        audit_entry: The entry of the audit log that a notification of the log channel shows.
        series: The series that a notification of `SERIES_KINDS` is about.
        answers: What the mentee answered to the mentor's questions, for a card by which the mentor
            decides.
        alternatives: Other mentors' slots, for the mentee of a session or series that expired.
        language: The recipient's Discord language; None for a channel, or while it is unknown.
        timezone: Likewise the recipient's time zone.
        group: The group session that it is about as a whole.
        seats: The seats of the group session, for its mentor, when it starts and ends.
        late: The attendees of the group session who will be late, around its start.
        step: The next step that is due, None once it was removed.
        last_time: What the two people agreed before, in the first reminder of a session.
        earned: The points that the seats of the group session have paid its mentor, at its end.
        dm_channel_id: The channel in which the recipient was reached before.
        quiet_until: Only the mentor role is changed now. The message is sent then, or later: after
            the recipient's quiet hours, or when their direct messages may be opened.
        undelivered_by_user: The number of undelivered notifications by recipient, 0 for channels,
            if the kind is `UNDELIVERED`.
        open_slots: The slots that a member has waited for; None if none is open any more.
        goal_question: The open goals that a mentee is asked about; None if that is no longer due.
        mentorship: The mentorship that was ended.
        opening: The bucket that paid for opening the recipient's direct messages, None if they are
            open already.
        was_unreadable: Whether it has a fault, since it couldn't be read before.
    """

    id: int
    key: str
    kind: NotificationKind
    guild: GuildSettings
    user_id: int | None
    facts: dict[str, Any]
    attempts: int
    session: SessionView | None
    application: ApplicationView | None
    review: SessionReview | None
    transfer: points_history.PointsHistoryEntry | None
    audit_entry: audit.AuditEntry | None
    alternatives: tuple[Alternative, ...]
    now: datetime
    due_at: datetime
    useful_until: datetime | None
    is_urgent: bool = False
    caused_by: int | None = None
    language: str | None = None
    timezone: str | None = None
    dm_channel_id: int | None = None
    quiet_until: datetime | None = None
    undelivered_by_user: Mapping[int, int] | None = None
    grant_request: GrantRequestView | None = None
    was_unreadable: bool = False
    open_slots: OpenSlots | None = None
    goal_question: GoalQuestion | None = None
    mentorship: MentorshipView | None = None
    invitation: InvitationView | None = None
    help_request: HelpRequestView | None = None
    opening: Bucket | None = None
    series: SeriesView | None = None
    group: GroupView | None = None
    seats: tuple[SessionView, ...] = ()
    late: LateAttendees = NOBODY
    earned: int = 0
    answers: tuple[Answer, ...] = ()
    thanks: SessionThanks | None = None
    step: StepView | None = None
    last_time: LastTime | None = None

    @property
    def starts_at(self) -> datetime | None:
        """Return the start of its session or group session, None if it isn't about one."""
        about = self.session or self.group
        return None if about is None else about.starts_at

    @property
    def needs_opening(self) -> bool:
        """Return whether the message is to somebody to whom none was sent before."""
        return (
            self.user_id is not None
            and self.dm_channel_id is None
            and self.quiet_until is None
            and self.kind is not NotificationKind.MENTOR_ROLE
        )

    @property
    def gives_up_at(self) -> datetime:
        """Return when further attempts end."""
        return self.useful_until or self.due_at + GIVE_UP_AFTER

    @property
    def is_too_late(self) -> bool:
        """Return whether it is only useful before a session that has started by now."""
        return (
            CATALOGUE[self.kind].before_start
            and self.starts_at is not None
            and self.starts_at <= self.now
        )


async def read_rows(
    tx: Transaction, ids: Sequence[int]
) -> tuple[list[NotificationRow], dict[int, Exception]]:
    """Read notifications in the order of their ids. Returns those that can't be read as errors."""

    async def read(some: Sequence[int]) -> list[NotificationRow]:
        by_id = {}
        for row in await tx.connection.execute(_ROWS, {"ids": some}):
            require_instants(row)
            by_id[row.id] = row
        return [by_id[each] for each in some if each in by_id]

    rows, failures = await try_each(tx, ids, read)
    return rows, dict(failures)


async def load(
    tx: Transaction,
    rows: Sequence[NotificationRow],
    quiet_until: Mapping[int, datetime] | None = None,
) -> tuple[list[DueNotification], dict[int, Exception]]:
    """Load the data of notifications, in few statements for all of them.

    `quiet_until` has the end of the recipient's quiet hours by notification id. Those whose data
    can't be read are returned as errors, by id.
    """

    async def load_some(some: Sequence[NotificationRow]) -> list[DueNotification]:
        return await _load(tx, some, quiet_until or {})

    notifications, failures = await try_each(tx, rows, load_some)
    return notifications, {row.id: error for row, error in failures}


async def _load(
    tx: Transaction, rows: Sequence[NotificationRow], quiet_until: Mapping[int, datetime]
) -> list[DueNotification]:
    """Load all or raise an error."""
    settings_by_guild = await guild_settings.load_many(tx, {row.guild_id for row in rows})
    sessions = await session_views.load_many(tx, {row.session_id for row in rows if row.session_id})
    groups = await group_views.load_many(
        tx, {row.group_id for row in rows if row.group_id and row.session_id is None}
    )
    applications = {
        revision_id: await application_views.load(tx, revision_id)
        for revision_id in {row.revision_id for row in rows if row.revision_id}
    }
    invitations = await invitation_views.load_many(
        tx, {row.invitation_id for row in rows if row.invitation_id}
    )
    help_requests = await request_views.load_many(
        tx, {row.request_id for row in rows if row.request_id}
    )
    reviewed = {row.session_id for row in rows if row.kind in _REVIEW_KINDS}
    reviews_by_session = await reviews.find_for_sessions(tx, reviewed)
    answered = {row.session_id for row in rows if row.kind in _WITH_ANSWERS and row.session_id}
    answers = await booking_answers.load_many(tx, answered)
    thanked = {row.session_id for row in rows if row.kind == NotificationKind.THANKED}
    thanks_by_session = await thanks.find_for_sessions(tx, thanked)
    notifications = []
    for row in rows:
        kind = NotificationKind(row.kind)
        session = None if row.session_id is None else sessions[row.session_id]
        group = groups[row.group_id] if row.group_id and session is None else None
        if not isinstance(row.facts, dict):
            raise TypeError("the facts are no object")
        notification = DueNotification(
            id=row.id,
            key=row.key,
            kind=kind,
            guild=settings_by_guild[row.guild_id],
            user_id=row.user_id,
            facts=row.facts,
            attempts=row.attempts + 1,
            session=session,
            series=await series_views.load(tx, session.series_id)
            if kind in SERIES_KINDS and session and session.series_id
            else None,
            application=applications.get(row.revision_id),
            review=reviews_by_session.get(row.session_id) if kind in _REVIEW_KINDS else None,
            transfer=await points_history.find_entry(tx, row.facts["transfer"], row.user_id)
            if kind is NotificationKind.POINTS
            else None,
            grant_request=await grant_requests.find(tx, row.facts["request"])
            if kind in _GRANT_KINDS
            else None,
            open_slots=await open_slots.find_for_message(tx, row.guild_id, row.user_id, row.facts)
            if kind is NotificationKind.SLOT_OPENED
            else None,
            goal_question=await goal_questions.find_for_message(
                tx, row.guild_id, row.user_id, row.facts
            )
            if kind is NotificationKind.GOALS_QUESTION
            else None,
            mentorship=await goal_questions.find_mentorship(
                tx, row.guild_id, row.user_id, row.facts
            )
            if kind is NotificationKind.MENTORSHIP_ENDED
            else None,
            audit_entry=await audit.load(tx, row.facts["entry"])
            if kind is NotificationKind.LOGGED
            else None,
            alternatives=await alternatives.find_alternatives(tx, session)
            if kind in _WITH_ALTERNATIVES and session and session.mentee.user_id == row.user_id
            else (),
            now=tx.now,
            due_at=row.due_at,
            useful_until=row.useful_until,
            is_urgent=abs(row.urgency) == max(URGENCIES),
            caused_by=row.caused_by,
            language=row.language,
            timezone=row.timezone,
            dm_channel_id=row.dm_channel_id,
            quiet_until=quiet_until.get(row.id),
            help_request=None if row.request_id is None else help_requests[row.request_id],
            invitation=None if row.invitation_id is None else invitations[row.invitation_id],
            thanks=thanks_by_session.get(row.session_id),
            was_unreadable=(row.problem or "").startswith(PROBLEM),
            group=group,
            seats=await group_attendance.list_seats(tx, group.id)
            if group is not None and kind in _SEAT_KINDS
            else (),
            late=await late_attendees.load(tx, group.id)
            if group is not None and kind in _AT_THE_START
            else NOBODY,
            earned=await group_attendance.earned(tx, group)
            if group is not None and kind in _AFTER_GROUP
            else 0,
            answers=answers.get(row.session_id, ()),
            step=await next_steps.find_to_remind(tx, row.facts["step"])
            if kind is NotificationKind.STEP_DUE
            else None,
            last_time=await last_time.load(tx, session)
            if kind is NotificationKind.REMINDER
            and session is not None
            and await last_time.is_first_reminder(tx, session.id, row.user_id, row.due_at)
            else None,
        )
        if kind is NotificationKind.UNDELIVERED:
            counts = await _count_undelivered(tx, notification)
            notification = replace(notification, undelivered_by_user=counts)
        notifications.append(notification)
    return notifications


async def _count_undelivered(tx: Transaction, notification: DueNotification) -> Mapping[int, int]:
    """Count the failed notifications of the hour that the notification is about, by recipient."""
    since = datetime.fromtimestamp(notification.facts["since"], tx.now.tzinfo)
    counts = await tx.connection.execute(
        select(Notification.user_id, func.count())
        .where(
            FAILED,
            Notification.guild_id == notification.guild.id,
            Notification.settled_at >= since,
            Notification.settled_at < since + timedelta(hours=1),
        )
        .group_by(Notification.user_id)
    )
    return {user_id or 0: count for user_id, count in counts}
