"""Personal data by column, and what an erasure does with each column of each table.

`PERSON_COLUMNS` lists the columns with a person's id. `OTHER_COLUMNS` lists all others, by what
an erasure does with their content. A test fails if a table has a column that isn't
listed. `mentorship.operations.erasure` carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, UniqueConstraint, bindparam, exists, or_, select

from mentorship.actors import Actor
from storage import Transaction
from storage.tables import (
    Account,
    Block,
    CalendarFeed,
    Commitment,
    EarnedRole,
    Erasure,
    Event,
    ExternalBusy,
    ExternalCalendar,
    GrantRequest,
    GroupSession,
    Guild,
    HelpRequest,
    IdempotencyKey,
    Invitation,
    Listing,
    Member,
    MemberReminderChange,
    MenteeMonth,
    MentorProfile,
    MentorRoleRemoval,
    Mentorship,
    NextStep,
    Notification,
    Participant,
    PrivateNote,
    ProfileRevision,
    RequestedMentor,
    Review,
    Series,
    Session,
    SessionEnding,
    SharedNote,
    SlotAlert,
    Table,
    Transfer,
    WaitlistEntry,
)

FORMER_MEMBER = "Former member"
"""The name shown in place of a person whose data was erased."""


class ErasureAction(Enum):
    """What erasure does with a column that contains the person's id."""

    DELETE_ROW = auto()
    SET_NULL = auto()

    PSEUDONYMIZE = auto()
    """Replace it by a random negative number, the same in all columns."""

    REMEMBER = auto()
    """Replace it by a keyed hash, by which `members.returning` recognizes the person."""

    DERIVED = auto()
    """Nothing, since triggers derive it from other columns."""

    WORK = auto()
    """Nothing, since it says what the erasure has left to do in Discord. It is deleted when that is
    done, or after a week, and doesn't count as data about the person."""


_IS_NO_DATA = frozenset({ErasureAction.DERIVED, ErasureAction.WORK})

PERSON_COLUMNS: tuple[tuple[Any, ErasureAction], ...] = (
    (Member.user_id, ErasureAction.PSEUDONYMIZE),
    (MentorProfile.user_id, ErasureAction.PSEUDONYMIZE),
    (ProfileRevision.decided_by, ErasureAction.SET_NULL),
    (Listing.user_id, ErasureAction.DERIVED),
    (Session.mentor_id, ErasureAction.PSEUDONYMIZE),
    (Session.proposed_by, ErasureAction.PSEUDONYMIZE),
    (Session.ended_by, ErasureAction.PSEUDONYMIZE),
    (Session.no_show_user_id, ErasureAction.PSEUDONYMIZE),
    (Participant.user_id, ErasureAction.PSEUDONYMIZE),
    (Participant.mentor_id, ErasureAction.DERIVED),
    (SessionEnding.user_id, ErasureAction.DELETE_ROW),
    (SessionEnding.actor_id, ErasureAction.SET_NULL),
    (MemberReminderChange.user_id, ErasureAction.DELETE_ROW),
    (Commitment.user_id, ErasureAction.DELETE_ROW),
    (Account.user_id, ErasureAction.PSEUDONYMIZE),
    (Transfer.made_by, ErasureAction.SET_NULL),
    (Review.author_id, ErasureAction.DELETE_ROW),
    (Review.hidden_by, ErasureAction.SET_NULL),
    (Notification.user_id, ErasureAction.DELETE_ROW),
    (Notification.caused_by, ErasureAction.SET_NULL),
    (IdempotencyKey.user_id, ErasureAction.DELETE_ROW),
    (Block.blocker_id, ErasureAction.DELETE_ROW),
    (Block.blocked_id, ErasureAction.REMEMBER),
    (GrantRequest.user_id, ErasureAction.DELETE_ROW),
    (GrantRequest.requested_by, ErasureAction.SET_NULL),
    (GrantRequest.decided_by, ErasureAction.SET_NULL),
    (Event.actor_id, ErasureAction.SET_NULL),
    (Event.subject_id, ErasureAction.SET_NULL),
    (Notification.about_id, ErasureAction.DELETE_ROW),
    (IdempotencyKey.about_id, ErasureAction.SET_NULL),
    (Erasure.user_id, ErasureAction.DELETE_ROW),
    (GroupSession.mentor_id, ErasureAction.PSEUDONYMIZE),
    (GroupSession.ended_by, ErasureAction.PSEUDONYMIZE),
    (WaitlistEntry.user_id, ErasureAction.DELETE_ROW),
    (Series.mentee_id, ErasureAction.PSEUDONYMIZE),
    (Invitation.mentor_id, ErasureAction.PSEUDONYMIZE),
    (Invitation.mentee_id, ErasureAction.PSEUDONYMIZE),
    (HelpRequest.user_id, ErasureAction.PSEUDONYMIZE),
    (RequestedMentor.mentor_id, ErasureAction.DELETE_ROW),
    (SlotAlert.user_id, ErasureAction.DELETE_ROW),
    (CalendarFeed.user_id, ErasureAction.DELETE_ROW),
    (ExternalCalendar.user_id, ErasureAction.DELETE_ROW),
    (ExternalBusy.user_id, ErasureAction.DELETE_ROW),
    (MentorRoleRemoval.user_id, ErasureAction.WORK),
    (EarnedRole.user_id, ErasureAction.WORK),
    # With the sessions that it counts (`erasure_phases.sessions`).
    (MenteeMonth.mentee_id, ErasureAction.PSEUDONYMIZE),
    (Mentorship.mentor_id, ErasureAction.PSEUDONYMIZE),
    (Mentorship.mentee_id, ErasureAction.DELETE_ROW),
    (SharedNote.mentor_id, ErasureAction.PSEUDONYMIZE),
    (SharedNote.mentee_id, ErasureAction.PSEUDONYMIZE),
    (PrivateNote.user_id, ErasureAction.DELETE_ROW),
    (NextStep.mentor_id, ErasureAction.PSEUDONYMIZE),
    (NextStep.mentee_id, ErasureAction.PSEUDONYMIZE),
)
"""Every column that contains a person's id, and what erasure does with it."""


class Effect(Enum):
    """What an erasure does with the content of a column without a person's id."""

    DELETED = auto()
    """Deleted with its row."""

    CLEARED = auto()
    """Emptied in the rows by or about the person, or where it contains their name or id."""

    DERIVED = auto()
    """Follows from other columns, by triggers."""

    GUILD = auto()
    """Kept, since it is a setting of the guild and says nothing about a member."""

    KEPT = auto()
    """Kept, since it identifies nobody without the columns with a person's id: times, amounts,
    statuses, references to other rows, and the codes and numbers of a record's facts."""


OTHER_COLUMNS: Mapping[str, Mapping[Effect, str]] = {
    "guilds": {
        Effect.GUILD: "id moderator_role_id mentor_role_id review_channel_id notices_channel_id "
        "log_channel_id who_may_apply apply_role_ids apply_minimum_rank reapply_after_days "
        "approve_profile_changes maximum_hourly_rate currency_name currency_emoji "
        "starting_balance fee_percent confirm_within free_cancellation_until late_refund_percent "
        "complete_after reminders meeting_place lost meeting_parent_id cancellation_grace "
        "dispute_days grant_ceiling limit_pending_per_mentor limit_pending limit_upcoming "
        "limit_proposals limit_early_cancellations limit_gifts_to_strangers limit_data_requests "
        "sessions_channel_id requests_channel_id show_attendees leaderboard language "
        "limit_group_sessions "
        "limit_invitations limit_invitations_per_member limit_help_requests limit_slot_alerts "
        "goal_question_days "
        "jitsi_server person_key created_at left_at purge_began_at",
    },
    "members": {
        Effect.CLEARED: "name avatar timezone language chosen_language rank muted_notices "
        "reminders quiet_from quiet_until dm_channel_id joined_at screening_pending on_leaderboard "
        "used_at created_at "
        "left_at updated_at",
        Effect.KEPT: "guild_id",
    },
    "mentor_profiles": {
        Effect.CLEARED: "status bio paused paused_until timezone meeting_link meeting_place "
        "created_at",
        Effect.KEPT: "id guild_id hourly_rate durations slot_step buffer_before buffer_after "
        "minimum_notice horizon_days most_per_day most_per_week instant_booking fill_gaps "
        "rating_sum rating_count sessions_completed requests_answered requests_expired "
        "answers_1h answers_2h answers_6h answers_12h answers_24h sessions_failed "
        "expired_in_a_row asked_if_active_at availability_version slot_alerts_at "
        "slot_alerts_after",
    },
    "profile_revisions": {
        Effect.DELETED: "id guild_id profile_id kind status expertise bio hourly_rate reason "
        "submitted_at decided_at channel_id message_id version",
        # Of applications that the person decided on.
        Effect.CLEARED: "decision_note",
    },
    # A tag goes when nobody has it any more.
    "tags": {Effect.KEPT: "id guild_id", Effect.DELETED: "name"},
    "profile_tags": {Effect.DELETED: "profile_id tag_id"},
    "listings": {
        Effect.DERIVED: "guild_id tag_id shortfall deduction profile_id hourly_rate rating_sum "
        "rating_count timezone paused_until",
    },
    "guild_ratings": {Effect.DERIVED: "guild_id rating_sum rating_count prior"},
    "weekly_hours": {
        Effect.DELETED: "profile_id weekday start_minute end_minute guild_id timezone "
        "minimum_notice"
    },
    "booking_questions": {Effect.DELETED: "id profile_id position text kind required revision"},
    "travel": {Effect.DELETED: "profile_id guild_id first_date last_date timezone"},
    "date_overrides": {Effect.DELETED: "id profile_id date start_minute end_minute"},
    "sessions": {
        Effect.CLEARED: "topic ended_reason meeting_link",
        Effect.KEPT: "id guild_id profile_id starts_at ends_at timezone status price fee_percent "
        "confirm_within free_cancellation_until free_cancellation_ends_at late_refund_percent "
        "cancellation_grace complete_after confirmed_at proposals_by_mentor proposals_by_mentee "
        "next_at proposed_starts_at proposed_ends_at ended_at meeting_channel_id sequence "
        "created_at group_id series_id updated_at",
    },
    "participants": {
        Effect.CLEARED: "timezone utc_offset",
        Effect.KEPT: "session_id guild_id role paid says said_at session_status session_starts_at "
        "group_id late_minutes",
    },
    # A mentee's rows are deleted. In a mentor's, the answers stay unless they name the mentor.
    "booking_answers": {Effect.CLEARED: "question answer", Effect.KEPT: "session_id position"},
    # Those that only the person had a part in are deleted. From the others, their name goes.
    "shared_notes": {
        Effect.CLEARED: "text written_by_mentor written_by_mentee",
        Effect.KEPT: "session_id guild_id revision editor updated_at",
    },
    "private_notes": {Effect.DELETED: "session_id guild_id text revision updated_at"},
    "next_steps": {
        Effect.CLEARED: "text assignee author completer",
        Effect.KEPT: "id session_id guild_id number due_on done_at revision reminders created_at "
        "updated_at",
    },
    # Those that the person has added, or that name them.
    "session_links": {
        Effect.DELETED: "id session_id guild_id group_id number label url author created_at"
    },
    "commitments": {Effect.DELETED: "id session_id group_id invitation_id starts_at ends_at"},
    "group_sessions": {
        Effect.CLEARED: "title description meeting_link ended_reason",
        Effect.KEPT: "id guild_id profile_id starts_at ends_at timezone status sign_up_open "
        "capacity seats_taken minimum_seats minimum_deadline price fee_percent confirm_within "
        "free_cancellation_until late_refund_percent cancellation_grace complete_after "
        "who_may_join join_role_ids place meeting_channel_id repeat_weeks repeat_left repeat_of "
        "repeat_on repeat_at revision sequence next_at created_at ended_at channel_id message_id "
        "card_due_at card_attempts card_posts wants_event event_id event_due_at event_attempts "
        "waitlist_at left_channel_id left_message_id place_told_to updated_at late_minutes "
        "late_told_to utc_offset",
    },
    "waitlist_entries": {Effect.DELETED: "id guild_id group_id price starts_at created_at"},
    "group_places": {
        Effect.CLEARED: "name problem",
        Effect.KEPT: "group_id guild_id kind channel_id next_at opened_as kept_since told_at",
    },
    "series": {Effect.KEPT: "id guild_id profile_id every_weeks created_at"},
    "invitations": {
        Effect.CLEARED: "topic note",
        Effect.KEPT: "id guild_id profile_id starts_at ends_at timezone price status next_at "
        "created_at ended_at request_id session_id",
    },
    "help_requests": {
        Effect.CLEARED: "tag text times most_points",
        Effect.KEPT: "id guild_id status next_at expires_at created_at ended_at channel_id "
        "message_id card_due_at card_attempts",
    },
    "requested_mentors": {Effect.DELETED: "request_id guild_id shown_at passed_at"},
    # A mentee's goals go with their mentorships. Of a mentor, what they wrote in them.
    "mentorships": {Effect.KEPT: "id guild_id ended_at ended_side ask_at created_at"},
    "goals": {
        Effect.CLEARED: "progress progress_side",
        Effect.DELETED: "id mentorship_id text due_on status place revision created_at "
        "closed_at updated_at",
    },
    "slot_alerts": {
        Effect.DELETED: "id guild_id profile_id weekdays part_of_day created_at",
    },
    "meeting_places": {
        Effect.CLEARED: "name problem",
        Effect.KEPT: "session_id kind channel_id next_at opened_as kept_since told_at",
    },
    "accounts": {Effect.KEPT: "id guild_id kind session_id balance"},
    "transfers": {
        Effect.CLEARED: "reason",
        Effect.KEPT: "id guild_id debit_account_id credit_account_id amount cause session_id "
        "created_at",
    },
    "reviews": {
        Effect.CLEARED: "text hidden_reason reply replied_at",
        Effect.KEPT: "id guild_id session_id profile_id stars created_at updated_at hidden_at "
        "counts",
    },
    "threshold_roles": {
        Effect.GUILD: "id guild_id role_id least_sessions least_stars least_hours after_id next_at "
        "stopped_at problem",
    },
    "earned_roles": {
        Effect.KEPT: "id guild_id rule_id profile_id is_wanted is_given next_at attempts told_at "
        "erased_at",
    },
    "thanks": {
        Effect.CLEARED: "text",
        Effect.KEPT: "session_id guild_id profile_id transfer_id created_at",
    },
    "notices": {
        # Those to others keep only codes and numbers; what the person wrote is cleared.
        Effect.CLEARED: "facts",
        Effect.KEPT: "id guild_id kind session_id revision_id group_id invitation_id request_id "
        "key due_at next_at useful_until "
        "urgency status attempts settled_at shown_at problem channel_id message_id refresh_at "
        "refresh_attempts",
    },
    "session_endings": {Effect.DELETED: "guild_id cause until_id began_at next_at"},
    "reminder_changes": {Effect.GUILD: "guild_id after_id"},
    "member_reminder_changes": {Effect.DELETED: "id guild_id after_at"},
    "mentor_role_changes": {
        Effect.GUILD: "id guild_id former_role_id batch began_at after_id scheduled"
    },
    "mentor_role_removals": {Effect.KEPT: "id guild_id role_id created_at next_at attempts"},
    "idempotency_keys": {
        # In the rows of others, of which the person is a part of the answer.
        Effect.CLEARED: "answer",
        Effect.KEPT: "guild_id key request session_id created_at",
    },
    "events": {
        Effect.CLEARED: "note",
        # No id, name or text of a person is among the facts (`mentorship.events.Event`).
        Effect.KEPT: "id guild_id type occurred_at session_id revision_id group_id "
        "invitation_id request_id audited facts position",
    },
    "blocks": {Effect.KEPT: "guild_id created_at"},
    # By these rows the guild recognizes who returns; see ADR 0023.
    "erased_people": {Effect.KEPT: "guild_id digest erased_at may_apply_from was_suspended"},
    "grant_requests": {
        Effect.CLEARED: "reason",
        Effect.KEPT: "id guild_id amount status requested_at decided_at transfer_id",
    },
    # Deleted when the erasure is complete.
    "erasures": {
        Effect.DELETED: "id guild_id name placeholder_id profile_id account_id watermarks phase "
        "position handled created_at",
    },
    # What is delivered is an event, as it is at that moment. Addresses and secrets are the app's.
    "event_feed": {Effect.KEPT: "id position deleted_position"},
    "webhook_endpoints": {
        Effect.GUILD: "id guild_id name url description event_types secret previous_secret "
        "previous_secret_until revision replay_from replay_until failing_since disabled_at "
        "disabled_reason created_at"
    },
    "webhook_deliveries": {
        Effect.KEPT: "id endpoint_id guild_id event_id message_id order_key status attempts "
        "next_at last_status last_error created_at settled_at"
    },
    "event_cursors": {Effect.KEPT: "name position"},
    "installation": {
        Effect.KEPT: "id uid old_session_uids_until old_group_uids_until tz_version tz_comparing "
        "tz_phase tz_after_start tz_after_id"
    },
    "calendar_feeds": {Effect.DELETED: "guild_id token_hash token created_at read_at"},
    "external_calendars": {
        Effect.DELETED: "id guild_id kind label address address_hash credentials blocks_slots "
        "receives_sessions etag last_modified content_hash sync_token next_at checked_at "
        "changed_at failing_since problem told_at attempts revision created_at removed_at"
    },
    "external_busy": {Effect.DELETED: "id calendar_id starts_at ends_at"},
    "calendar_entries": {
        Effect.DELETED: "id guild_id calendar_id session_id group_id href etag sequence "
        "starts_at ends_at their_change their_starts_at their_ends_at next_at attempts problem"
    },
    # The provider's meeting is removed when an erasure ends its session.
    "provider_meetings": {
        Effect.KEPT: "id guild_id session_id group_id provider room_key external_id join_url "
        "status starts_at ends_at next_at attempts failing_since fell_back_at problem host host_url"
    },
    # A mentor's figures are about their profile, which is a placeholder's afterwards.
    "mentor_months": {
        Effect.KEPT: "profile_id month guild_id last_at sessions minutes attendees mentees "
        "returning_mentees cancelled_by_mentor cancelled_by_mentee missed_by_mentor "
        "missed_by_mentee refunded bookings requests answered expired reviews stars thanks "
        "answer_times waits"
    },
    "mentor_quarters": {Effect.KEPT: "profile_id month guild_id sessions minutes mentees thanks"},
    "mentor_totals": {
        Effect.KEPT: "profile_id guild_id is_active last_active_at sessions minutes mentees "
        "returning_mentees reviews stars thanks"
    },
    "mentor_weeks": {Effect.KEPT: "profile_id month guild_id offered used"},
    "mentee_months": {Effect.KEPT: "profile_id month guild_id sessions"},
    "stale_months": {Effect.KEPT: "profile_id month mark"},
    "guild_months": {
        Effect.KEPT: "guild_id month active_mentors active_members sessions minutes attendees "
        "mentees returning_mentees cancelled_by_mentor cancelled_by_mentee missed_by_mentor "
        "missed_by_mentee refunded bookings requests answered expired reviews stars thanks "
        "answer_times waits"
    },
    # Only expertise that the guild knows is named, and nobody who searched for it. What only the
    # person has named is deleted.
    "unmet_searches": {Effect.KEPT: "guild_id day searches", Effect.DELETED: "tag"},
    "vain_searches": {Effect.KEPT: "profile_id month weekday part_of_day searches"},
    "guild_weeks": {Effect.KEPT: "guild_id month offered used"},
    "points_months": {Effect.KEPT: "guild_id month cause amount"},
    "figure_progress": {Effect.KEPT: "name after_id day until_day"},
    "service_clock": {Effect.KEPT: "name alive_at resumed_at"},
    "handled_interactions": {Effect.KEPT: "id"},
    "dm_budgets": {Effect.KEPT: "bucket next_at"},
    "backups": {Effect.KEPT: "id completed_at size_bytes duration_ms"},
    # Names the class of an exception, never its text.
    "faults": {Effect.KEPT: "kind row_id reference error count first_at last_at retry_at"},
}
"""Every column without a person's id, by what becomes of it: table, effect, names of columns."""


def owned_by(table: Any, actor: Actor) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions for the actor's rows in a table with `guild_id` and `user_id`."""
    return table.guild_id == actor.guild, table.user_id == actor.user_id


_OWNERS: Mapping[str, Any] = {
    "session_id": Session,
    "group_id": GroupSession,
    "invitation_id": Invitation,
}
"""The tables that say of which guild a row without `guild_id` is, by the column that refers to
them."""


def in_guild(table: type[Table], guild_id: Any) -> ColumnElement[bool]:
    """Return the condition that a row of a table of `PERSON_COLUMNS` is a guild's.

    It is checked row by row. Otherwise a planner might read all rows of the guild, which are many
    more than those with the person's id.
    """
    columns = table.__table__.c
    if "guild_id" in columns:
        of_guild: ColumnElement[bool] = columns.guild_id + 0 == guild_id
        return of_guild
    if "session_id" in columns:
        return or_(
            *(
                exists().where(owner.id == columns[name], owner.guild_id + 0 == guild_id)
                for name, owner in _OWNERS.items()
                if name in columns
            )
        )
    if "calendar_id" in columns:
        return exists().where(
            ExternalCalendar.id == columns.calendar_id, ExternalCalendar.guild_id + 0 == guild_id
        )
    return exists().where(
        MentorProfile.id == columns.profile_id, MentorProfile.guild_id + 0 == guild_id
    )


@cache
def _shares_index_with_guild(table: type[Table], name: str) -> bool:
    columns: Any = table.__table__
    indexes = [
        index for index in columns.indexes if index.dialect_kwargs.get("sqlite_where") is None
    ]
    unique = [key for key in columns.constraints if isinstance(key, UniqueConstraint)]
    return any(
        {"guild_id", name} <= set(key.columns.keys())
        for key in (columns.primary_key, *indexes, *unique)
    )


def is_person(column: Any, guild_id: Any, user_id: Any) -> ColumnElement[bool]:
    """Return the condition for the rows of a guild in which a column has a person's id."""
    table, is_id = column.class_, column == user_id
    of_guild: ColumnElement[bool] = (
        table.guild_id == guild_id
        if _shares_index_with_guild(table, column.key)
        else in_guild(table, guild_id)
    )
    condition: ColumnElement[bool] = is_id & of_guild
    return condition


def _has_data(guild_id: Any, user_id: Any) -> ColumnElement[bool]:
    return or_(
        *(
            exists().where(is_person(column, guild_id, user_id))
            for column, action in PERSON_COLUMNS
            if action not in _IS_NO_DATA
        )
    )


_HAS_DATA = select(_has_data(bindparam("guild"), bindparam("user")))


def _knows(user_id: Any) -> ColumnElement[bool]:
    """Return the condition for guilds with data about a person.

    A column that shares an index with the guild is looked up once for each guild. The rows with the
    person's id in any other are read once for all guilds.
    """
    conditions: list[ColumnElement[bool]] = []
    for column, action in PERSON_COLUMNS:
        table = column.class_
        if action in _IS_NO_DATA:
            continue
        if _shares_index_with_guild(table, column.key):
            conditions.append(exists().where(is_person(column, Guild.id, user_id)))
        elif "calendar_id" in table.__table__.c:
            # The calendar is the person's, too.
            continue
        elif "guild_id" in table.__table__.c:
            conditions.append(Guild.id.in_(select(table.guild_id).where(column == user_id)))
        else:
            of_sessions = select(Session.guild_id).join(table, table.session_id == Session.id)
            conditions.append(Guild.id.in_(of_sessions.where(column == user_id)))
    return or_(*conditions)


_GUILDS_WITH_DATA = (
    select(Guild.id)
    .where(Guild.purge_began_at.is_(None), _knows(bindparam("user")))
    .order_by(Guild.id)
)


async def has_data(tx: Transaction, guild_id: int, user_id: int) -> bool:
    """Return whether a guild has any data about a person. Reads at most a row of each column."""
    params = {"guild": guild_id, "user": user_id}
    return bool(await tx.connection.scalar(_HAS_DATA, params))


async def list_guilds_with_data(tx: Transaction, user_id: int) -> list[int]:
    """List the guilds that have data about a person, by id.

    Those whose data is being deleted are left out: the purge deletes that of the person, too.
    """
    return list(await tx.connection.scalars(_GUILDS_WITH_DATA, {"user": user_id}))
