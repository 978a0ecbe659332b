"""The types of domain events: what happened, in the past tense. Pure.

The values are stored, and are what the community's main app will see, so they never change.
"""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    """What happened. `mentorship.events.Event` says what else an event holds."""

    SESSION_BOOKED = "session.booked"
    SESSION_CONFIRMED = "session.confirmed"
    SESSION_DECLINED = "session.declined"
    SESSION_EXPIRED = "session.expired"
    SESSION_CANCELLED = "session.cancelled"
    SESSION_STARTED = "session.started"
    SESSION_COMPLETED = "session.completed"
    SESSION_NO_SHOW = "session.no_show"
    RESCHEDULE_PROPOSED = "session.reschedule_proposed"
    RESCHEDULE_ACCEPTED = "session.rescheduled"
    RESCHEDULE_DECLINED = "session.reschedule_declined"
    RESCHEDULE_WITHDRAWN = "session.reschedule_withdrawn"
    RESCHEDULE_EXPIRED = "session.reschedule_expired"
    MEETING_REPORTED = "session.meeting_reported"
    NO_SHOW_REPORTED = "session.no_show_reported"
    DISPUTE_OPENED = "session.dispute_opened"
    DISPUTE_RESOLVED = "session.dispute_resolved"
    DISPUTE_CONCEDED = "session.dispute_conceded"
    DISPUTE_EXPIRED = "session.dispute_expired"
    MEETING_LINK_CHANGED = "session.meeting_link_changed"
    SESSION_RUNNING_LATE = "session.running_late"
    SESSION_LOCAL_TIME_CHANGED = "session.local_time_changed"
    NOTE_SHARED_CHANGED = "note.shared_changed"
    STEP_ADDED = "step.added"
    STEP_CHANGED = "step.changed"
    STEP_COMPLETED = "step.completed"
    STEP_REOPENED = "step.reopened"
    STEP_REMOVED = "step.removed"
    LINK_ADDED = "link.added"
    LINK_REMOVED = "link.removed"
    SERIES_BOOKED = "series.booked"
    SERIES_CONFIRMED = "series.confirmed"
    SERIES_DECLINED = "series.declined"
    SERIES_EXPIRED = "series.expired"
    SERIES_CANCELLED = "series.cancelled"
    SEAT_TAKEN = "seat.taken"
    SEAT_GIVEN = "seat.given"
    SEAT_LEFT = "seat.left"
    SEAT_CANCELLED = "seat.cancelled"
    SEAT_MOVED = "seat.moved"
    SEAT_KEPT = "seat.kept"
    SEAT_EXPIRED = "seat.expired"
    SEAT_STARTED = "seat.started"
    SEAT_COMPLETED = "seat.completed"
    GROUP_CREATED = "group.created"
    GROUP_EDITED = "group.edited"
    GROUP_MOVED = "group.moved"
    GROUP_LINK_CHANGED = "group.meeting_link_changed"
    GROUP_SIGN_UP_CLOSED = "group.sign_up_closed"
    GROUP_SIGN_UP_OPENED = "group.sign_up_opened"
    GROUP_SHARED_LINK_ADDED = "group.shared_link_added"
    GROUP_SHARED_LINK_REMOVED = "group.shared_link_removed"
    GROUP_CANCELLED = "group.cancelled"
    GROUP_CANCELLED_BY_MODERATOR = "group.cancelled_by_moderator"
    GROUP_STARTED = "group.started"
    GROUP_RUNNING_LATE = "group.running_late"
    GROUP_LOCAL_TIME_CHANGED = "group.local_time_changed"
    GROUP_ENDED = "group.ended"
    GROUP_SETTLED = "group.settled"
    GROUP_REPEAT_SKIPPED = "group.repeat_skipped"
    GROUP_REPEAT_STOPPED = "group.repeat_stopped"
    GROUP_ANNOUNCEMENT_FAILED = "group.announcement_failed"
    WAITLIST_JOINED = "waitlist.joined"
    WAITLIST_LEFT = "waitlist.left"
    WAITLIST_ENDED = "waitlist.ended"
    SLOT_ALERT_SET = "slot_alert.set"
    SLOT_ALERT_MET = "slot_alert.met"
    SLOT_ALERT_REMOVED = "slot_alert.removed"
    GOAL_SET = "goal.set"
    GOAL_UPDATED = "goal.updated"
    GOAL_REACHED = "goal.reached"
    GOAL_DROPPED = "goal.dropped"
    GOAL_REOPENED = "goal.reopened"
    GOAL_DELETED = "goal.deleted"
    GOALS_ASKED_ABOUT = "goal.asked_about"
    MENTORSHIP_ENDED = "mentorship.ended"
    MENTORSHIP_RESUMED = "mentorship.resumed"
    INVITATION_SENT = "invitation.sent"
    INVITATION_ACCEPTED = "invitation.accepted"
    INVITATION_DECLINED = "invitation.declined"
    INVITATION_WITHDRAWN = "invitation.withdrawn"
    INVITATION_EXPIRED = "invitation.expired"
    HELP_REQUESTED = "help.requested"
    HELP_SHOWN = "help.shown"
    HELP_OFFERED = "help.offered"
    HELP_REQUEST_WITHDRAWN = "help.withdrawn"
    HELP_REQUEST_EXPIRED = "help.expired"
    REVIEW_WRITTEN = "review.written"
    REVIEW_EDITED = "review.edited"
    REVIEW_REPLIED = "review.replied"
    REVIEW_HIDDEN = "review.hidden"
    REVIEW_SHOWN = "review.shown"
    SESSION_THANKED = "session.thanked"
    APPLICATION_SUBMITTED = "application.submitted"
    APPLICATION_REVISED = "application.revised"
    APPLICATION_WITHDRAWN = "application.withdrawn"
    APPLICATION_APPROVED = "application.approved"
    APPLICATION_REJECTED = "application.rejected"
    APPLICATION_CHANGES_REQUESTED = "application.changes_requested"
    PROFILE_UPDATED = "mentor.profile_updated"
    MENTOR_PAUSED = "mentor.paused"
    MENTOR_RESUMED = "mentor.resumed"
    MENTOR_ASKED_IF_ACTIVE = "mentor.asked_if_active"
    MENTOR_CONFIRMED_ACTIVE = "mentor.confirmed_active"
    MENTOR_PAUSED_FOR_SILENCE = "mentor.paused_for_silence"
    MENTOR_STOPPED = "mentor.stopped"
    ROLE_EARNED = "mentor.role_earned"
    MENTOR_SUSPENDED = "mentor.suspended"
    MENTOR_REINSTATED = "mentor.reinstated"
    AVAILABILITY_UPDATED = "mentor.availability_updated"
    POINTS_GIVEN = "points.given"
    POINTS_GRANTED = "points.granted"
    POINTS_DEDUCTED = "points.deducted"
    GRANT_REQUESTED = "points.grant_requested"
    GRANT_CONFIRMED = "points.grant_confirmed"
    GRANT_REJECTED = "points.grant_rejected"
    TIMEZONE_CHANGED = "member.timezone_changed"
    PREFERENCES_CHANGED = "member.preferences_changed"
    RANK_CHANGED = "member.rank_changed"
    DATA_EXPORTED = "member.data_exported"
    MEMBER_LEFT = "member.left"
    SETTING_CHANGED = "guild.setting_changed"
    SETTINGS_LOST = "guild.settings_lost"
    GUILD_JOINED = "guild.joined"
    GUILD_LEFT = "guild.left"

    @property
    def is_of_seat(self) -> bool:
        """Whether the event is about one attendee's seat in a group session."""
        return self.value.startswith("seat.")

    @property
    def is_audited(self) -> bool:
        """Whether the event is part of the audit log: decisions of moderators and managers."""
        return self in _AUDITED


_AUDITED = frozenset(
    {
        EventType.DISPUTE_RESOLVED,
        EventType.REVIEW_HIDDEN,
        EventType.REVIEW_SHOWN,
        EventType.APPLICATION_APPROVED,
        EventType.APPLICATION_REJECTED,
        EventType.APPLICATION_CHANGES_REQUESTED,
        EventType.GROUP_CANCELLED_BY_MODERATOR,
        EventType.MENTOR_SUSPENDED,
        EventType.MENTOR_REINSTATED,
        EventType.POINTS_GRANTED,
        EventType.POINTS_DEDUCTED,
        EventType.GRANT_REQUESTED,
        EventType.GRANT_CONFIRMED,
        EventType.GRANT_REJECTED,
        EventType.SETTING_CHANGED,
        EventType.SETTINGS_LOST,
    }
)
