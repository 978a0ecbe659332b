"""The errors of the use cases: what a person can't do, as a code and its facts.

Nothing here is text for people: `wording.errors` and `wording.refusals` make the sentences. An
exception that is not a `MentorshipError` is a bug or an outage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, auto
from typing import Any, ClassVar

from mentorship.statuses import (
    GoalStatus,
    HelpRequestStatus,
    InvitationStatus,
    RevisionStatus,
    SessionStatus,
)


class MentorshipError(Exception):
    """An error that the person can understand and act on.

    `code` never changes: API clients rely on it. `str()` is for logs: the code and the facts.
    """

    code: ClassVar[str]

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{self.code}({facts})"


class Subject(StrEnum):
    """What an error is about."""

    SESSION = auto()
    SERIES = auto()
    INVITATION = auto()
    HELP_REQUEST = auto()
    SLOT = auto()
    DISPUTE = auto()
    RATING = auto()
    REVIEW = auto()
    REPLY = auto()
    THANKS = auto()
    APPLICATION = auto()
    MENTOR_PROFILE = auto()
    MEMBER = auto()
    GRANT_REQUEST = auto()
    GUILD = auto()
    SETTING = auto()
    BLOCK = auto()
    GROUP_SESSION = auto()
    SEAT = auto()
    WAITLIST = auto()
    SLOT_ALERT = auto()
    QUESTION = auto()
    MENTORSHIP = auto()
    GOAL = auto()
    WEBHOOK_ENDPOINT = auto()
    WEBHOOK_DELIVERY = auto()
    WEBHOOK_SECRET = auto()
    CALENDAR = auto()
    CALENDAR_FEED = auto()
    NOTE = auto()
    NEXT_STEP = auto()
    SESSION_LINK = auto()
    # Parts of a message in Discord, which an outdated or forged request may name.
    CARD = auto()
    BUTTON = auto()
    CHOICE = auto()
    FORM = auto()
    PAGE = auto()


# --- what a person typed ------------------------------------------------------------------------


class ZoneProblem(StrEnum):
    """Why no time zone is meant by a text."""

    UNKNOWN_NAME = auto()
    NO_SUCH_CLOCK = auto()
    """No clock shows that time now."""
    NO_SUCH_OFFSET = auto()
    """No clock has that offset from UTC now."""


@dataclass(eq=False)
class UnknownTimezone(MentorshipError):
    """No time zone is meant by the text; `nearest` are IANA names that resemble it."""

    code: ClassVar[str] = "unknown_timezone"
    text: str
    nearest: tuple[str, ...] = ()
    problem: ZoneProblem = ZoneProblem.UNKNOWN_NAME


@dataclass(eq=False)
class TimezoneNeeded(MentorshipError):
    """The actor has no time zone yet, and this needs one."""

    code: ClassVar[str] = "timezone_needed"


class HoursProblem(StrEnum):
    """Why a part of typed weekly hours can't be read."""

    UNKNOWN_DAY = auto()
    UNKNOWN_SIGN = auto()
    TIME_OUT_OF_RANGE = auto()
    TWELVE_HOUR_TIME_OUT_OF_RANGE = auto()
    STARTS_AT_24 = auto()
    AM_OR_PM = auto()
    DAY_RANGE_OF_GROUP = auto()
    TIME_WITHOUT_END = auto()
    TIMES_WITHOUT_DAYS = auto()
    DAYS_WITHOUT_TIMES = auto()


@dataclass(eq=False)
class UnreadableHours(MentorshipError):
    """Typed weekly hours can't be read; `part` starts at `position` of `text`.

    For `HoursProblem.AM_OR_PM`, `readings` are the two that are possible: start and end in minutes
    of the day, the shorter one first.
    """

    code: ClassVar[str] = "unreadable_hours"
    text: str
    part: str
    position: int
    problem: HoursProblem
    readings: tuple[tuple[int, int], ...] = ()


class TimeProblem(StrEnum):
    """Why a typed time can't be used."""

    NOT_UNDERSTOOD = auto()
    AMBIGUOUS = auto()
    """It can mean several times."""
    PAST = auto()
    DOES_NOT_EXIST = auto()
    """The clock skips it."""
    REPEATED = auto()
    """The clock shows it twice."""
    NO_DATE = auto()
    """It isn't understood where a date is needed."""
    NOT_EXACT = auto()
    """It is a day or a span where an exact time is needed."""
    SEVERAL = auto()
    """They are several times where one is needed."""


@dataclass(eq=False)
class UnreadableTime(MentorshipError):
    """The text doesn't name a time that can be used.

    `readings` are the times that it can mean, as start and end in UTC, sorted; an instant has both
    equal. For `DOES_NOT_EXIST` it is the time moved forward by what the clock skips, and for `PAST`
    the past time. `zone` is that in which the text was read.
    """

    code: ClassVar[str] = "unreadable_time"
    text: str
    problem: TimeProblem = TimeProblem.NOT_UNDERSTOOD
    readings: tuple[tuple[datetime, datetime], ...] = ()
    zone: str | None = None


class Field(StrEnum):
    """What somebody can fill in wrongly, in a form, a command or a request."""

    # Sessions.
    SESSION = auto()
    TOPIC = auto()
    REASON = auto()
    EVERY_WEEKS = auto()
    SERIES_COUNT = auto()
    SERIES_DATES = auto()
    NEW_START = auto()
    LENGTH = auto()
    PRICE = auto()
    NOTE = auto()
    HELP_TEXT = auto()
    RATING = auto()
    REVIEW = auto()
    REPLY = auto()
    GOAL_TEXT = auto()
    GOAL_DATE = auto()
    GOAL_PROGRESS = auto()
    THANKS = auto()
    TIP = auto()
    # Notes, next steps and links of a session.
    SESSION_NOTE = auto()
    STEP_TEXT = auto()
    STEP_DATE = auto()
    LINK_LABEL = auto()
    LINK_ADDRESS = auto()
    # Group sessions.
    GROUP_TITLE = auto()
    GROUP_DESCRIPTION = auto()
    GROUP_START = auto()
    GROUP_LENGTH = auto()
    CAPACITY = auto()
    SEAT_PRICE = auto()
    MINIMUM_SEATS = auto()
    MINIMUM_DEADLINE = auto()
    JOIN_ROLE_IDS = auto()
    REPEAT = auto()
    # Mentors.
    MENTOR = auto()
    EXPERTISE = auto()
    HOURLY_RATE = auto()
    BIO = auto()
    MEETING_LINK = auto()
    PAUSED_UNTIL = auto()
    QUESTIONS = auto()
    QUESTION = auto()
    ANSWER = auto()
    # Availability.
    DURATIONS = auto()
    SLOT_STEP = auto()
    BUFFER_BEFORE = auto()
    BUFFER_AFTER = auto()
    MINIMUM_NOTICE = auto()
    HORIZON_DAYS = auto()
    MOST_PER_DAY = auto()
    MOST_PER_WEEK = auto()
    BOOKING_LIMIT = auto()
    DAY_HOURS = auto()
    DATE_OVERRIDES = auto()
    DATE = auto()
    LAST_DATE = auto()
    TRAVEL = auto()
    WINDOW = auto()
    # Search.
    SEARCH_EXPERTISE = auto()
    SEARCH_TEXT = auto()
    MINIMUM_RATING = auto()
    MAXIMUM_RATE = auto()
    PAGE_SIZE = auto()
    CURSOR = auto()
    # Points.
    GIFT_AMOUNT = auto()
    GRANT_AMOUNT = auto()
    DEDUCTION_AMOUNT = auto()
    ADJUSTMENT_REASON = auto()
    # Members.
    MEMBER = auto()
    RANK = auto()
    MUTED = auto()
    MEMBER_REMINDERS = auto()
    QUIET_HOURS = auto()
    MEMBER_LANGUAGE = auto()
    # Webhooks.
    WEBHOOK_URL = auto()
    WEBHOOK_DESCRIPTION = auto()
    WEBHOOK_EVENT_TYPES = auto()
    WEBHOOK_SECRET = auto()
    # Calendars.
    CALENDAR_LABEL = auto()
    CALENDAR_ADDRESS = auto()
    CALENDAR_USERNAME = auto()
    CALENDAR_PASSWORD = auto()
    CALENDAR_RECEIVES_SESSIONS = auto()
    # Moderation.
    DECISION_REASON = auto()
    SUSPENSION_REASON = auto()
    HIDING_REASON = auto()
    # Settings of a guild, named as in `mentorship.guilds.guild_settings`.
    MODERATOR_ROLE_ID = auto()
    MENTOR_ROLE_ID = auto()
    REVIEW_CHANNEL_ID = auto()
    NOTICES_CHANNEL_ID = auto()
    LOG_CHANNEL_ID = auto()
    WHO_MAY_APPLY = auto()
    APPLY_ROLE_IDS = auto()
    APPLY_MINIMUM_RANK = auto()
    REAPPLY_AFTER_DAYS = auto()
    APPROVE_PROFILE_CHANGES = auto()
    MAXIMUM_HOURLY_RATE = auto()
    CURRENCY_NAME = auto()
    CURRENCY_EMOJI = auto()
    STARTING_BALANCE = auto()
    FEE_PERCENT = auto()
    CONFIRM_WITHIN = auto()
    FREE_CANCELLATION_UNTIL = auto()
    LATE_REFUND_PERCENT = auto()
    COMPLETE_AFTER = auto()
    REMINDERS = auto()
    MEETING_PLACE = auto()
    JITSI_SERVER = auto()
    MEETING_PARENT_ID = auto()
    CANCELLATION_GRACE = auto()
    DISPUTE_DAYS = auto()
    GRANT_CEILING = auto()
    LIMIT_PENDING_PER_MENTOR = auto()
    LIMIT_PENDING = auto()
    LIMIT_UPCOMING = auto()
    LIMIT_PROPOSALS = auto()
    LIMIT_EARLY_CANCELLATIONS = auto()
    LIMIT_GIFTS_TO_STRANGERS = auto()
    LIMIT_DATA_REQUESTS = auto()
    SESSIONS_CHANNEL_ID = auto()
    REQUESTS_CHANNEL_ID = auto()
    SHOW_ATTENDEES = auto()
    LEADERBOARD = auto()
    LANGUAGE = auto()
    THRESHOLD_ROLES = auto()
    LEAST_SESSIONS = auto()
    LEAST_STARS = auto()
    LEAST_HOURS = auto()
    LIMIT_GROUP_SESSIONS = auto()
    LIMIT_INVITATIONS = auto()
    LIMIT_INVITATIONS_PER_MEMBER = auto()
    LIMIT_HELP_REQUESTS = auto()
    LIMIT_SLOT_ALERTS = auto()
    GOAL_QUESTION_DAYS = auto()


class Problem(StrEnum):
    """What is wrong with a field; `InvalidField` has the limits that were broken."""

    MISSING = auto()
    UNREADABLE = auto()
    NOT_A_WHOLE_NUMBER = auto()
    NOT_A_DURATION = auto()
    NOT_AN_OPTION = auto()
    NOT_SUGGESTED = auto()
    UNKNOWN_ID = auto()
    WITHOUT_WORDS = auto()
    WRONG_LENGTH = auto()
    TOO_LONG = auto()
    TOO_MANY = auto()
    WRONG_COUNT = auto()
    OUT_OF_RANGE = auto()
    ZERO = auto()
    NEGATIVE = auto()
    TOO_LARGE = auto()
    TOO_SMALL = auto()
    PAST = auto()
    TOO_EARLY = auto()
    TOO_LATE = auto()
    OVERLAPPING = auto()
    UNCHANGED = auto()
    NOT_A_TEXT_CHANNEL = auto()
    NOT_A_CATEGORY = auto()


@dataclass(eq=False)
class InvalidField(MentorshipError):
    """One field of a form, command or request is outside its limits.

    `least` and `most` are the limits, in the field's own unit; `count` is what was given instead.
    `typed` is text that could not be read, and `date` one that can't be chosen. `others` are more
    problems of the same form, so that people can correct all of them at once.
    """

    code: ClassVar[str] = "invalid_field"
    field: Field
    problem: Problem
    least: int | None = None
    most: int | None = None
    count: int | None = None
    typed: str | None = None
    date: date | None = None
    others: tuple[InvalidField, ...] = ()


# --- who may ------------------------------------------------------------------------------------


@dataclass(eq=False)
class NotAModerator(MentorshipError):
    """Only moderators of the guild can do this."""

    code: ClassVar[str] = "not_a_moderator"


@dataclass(eq=False)
class NotAManager(MentorshipError):
    """Only members with Discord's Manage Server permission can do this."""

    code: ClassVar[str] = "not_a_manager"


@dataclass(eq=False)
class NotYours(MentorshipError):
    """The subject belongs to other people, such as a card that was shown to someone else."""

    code: ClassVar[str] = "not_yours"
    subject: Subject


@dataclass(eq=False)
class NotAMember(MentorshipError):
    """The actor is not a member of the guild, as far as is known."""

    code: ClassVar[str] = "not_a_member"


@dataclass(eq=False)
class MembershipUnknown(NotAMember):
    """The act needs a member of a guild, and Discord has not been asked whether the actor is one.

    The bot asks, and runs the act again.
    """

    code: ClassVar[str] = "membership_unknown"
    guild_id: int


@dataclass(eq=False)
class ScreeningPending(MentorshipError):
    """The person hasn't accepted the server's rules yet, as its membership screening demands.

    `name` is the person's, None for the actor.
    """

    code: ClassVar[str] = "screening_pending"
    name: str | None = None


@dataclass(eq=False)
class OwnCase(MentorshipError):
    """A moderator would decide about themselves. Another moderator has to decide."""

    code: ClassVar[str] = "own_case"


@dataclass(eq=False)
class NotAvailable(MentorshipError):
    """The actor can't book, propose to, give to or message this person. It isn't said why."""

    code: ClassVar[str] = "not_available"
    name: str = ""
    is_gift: bool = False


@dataclass(eq=False)
class BlockedByYou(MentorshipError):
    """The actor has blocked this person, and has to unblock them first."""

    code: ClassVar[str] = "blocked_by_you"
    name: str = ""


@dataclass(eq=False)
class NotBlockable(MentorshipError):
    """Nobody can block themselves or a bot."""

    code: ClassVar[str] = "not_blockable"
    is_bot: bool = False


@dataclass(eq=False)
class NotInvitable(MentorshipError):
    """No mentor can invite themselves or a bot."""

    code: ClassVar[str] = "not_invitable"
    is_bot: bool = False


class Term(StrEnum):
    """A fact that a person agrees to by pressing a button."""

    PRICE = auto()
    REFUND = auto()
    POLICY = auto()
    PAYOUT = auto()
    START = auto()
    REVISION = auto()
    BALANCE = auto()
    COUNT = auto()
    SEATS = auto()
    SERIES = auto()


@dataclass(eq=False)
class TermsChanged(MentorshipError):
    """What the actor agreed to (`seen`) has changed (`current`). Nothing was done.

    Prices, refunds and payouts are points, starts are UTC, revisions are version numbers. A policy
    is a short text that only stands for it, and so are the sessions of a series.
    """

    code: ClassVar[str] = "terms_changed"
    term: Term
    seen: int | str | datetime
    current: int | str | datetime


class Limit(StrEnum):
    """What a person may do only so many times, as the guild's setting of that name says."""

    PENDING_PER_MENTOR = "limit_pending_per_mentor"
    PENDING = "limit_pending"
    UPCOMING = "limit_upcoming"
    PROPOSALS = "limit_proposals"
    EARLY_CANCELLATIONS = "limit_early_cancellations"
    GIFTS_TO_STRANGERS = "limit_gifts_to_strangers"
    DATA_REQUESTS = "limit_data_requests"
    GROUP_SESSIONS = "limit_group_sessions"
    INVITATIONS = "limit_invitations"
    INVITATIONS_PER_MEMBER = "limit_invitations_per_member"
    HELP_REQUESTS = "limit_help_requests"
    SLOT_ALERTS = "limit_slot_alerts"


@dataclass(eq=False)
class LimitReached(MentorshipError):
    """The actor has done something as often as the guild allows: `most` times.

    `ends_at` is when the next time is possible, None if that depends on what people do.
    """

    code: ClassVar[str] = "limit_reached"
    limit: Limit
    most: int
    ends_at: datetime | None = None


@dataclass(eq=False)
class NotFound(MentorshipError):
    """The subject does not exist, or the actor may not see it."""

    code: ClassVar[str] = "not_found"
    subject: Subject


@dataclass(eq=False)
class DataBeingDeleted(MentorshipError):
    """The guild's data is being deleted, since it had removed the bot long ago.

    The bot was added again in the meantime. A few minutes later the guild starts without the old
    data.
    """

    code: ClassVar[str] = "data_being_deleted"


@dataclass(eq=False)
class SetupNeeded(MentorshipError):
    """A setting of the guild has no value yet, and this needs one."""

    code: ClassVar[str] = "setup_needed"
    setting: Field


@dataclass(frozen=True, slots=True)
class SettingConflict:
    """A setting that somebody changed while another person had a form with it open.

    `current` is its value now. `changed_by` is a user id, None if that isn't known.
    """

    setting: Field
    current: Any
    changed_by: int | None


@dataclass(eq=False)
class SettingsChanged(MentorshipError):
    """Settings that the actor would change have changed since they saw them. Nothing was saved."""

    code: ClassVar[str] = "settings_changed"
    conflicts: tuple[SettingConflict, ...]


# --- applying and mentoring ---------------------------------------------------------------------


class Requirement(StrEnum):
    """What a guild requires of applicants; `everyone` may apply where it requires nothing."""

    ROLE = auto()
    RANK = auto()


@dataclass(eq=False)
class MayNotApply(MentorshipError):
    """The person does not meet the guild's requirement for applicants.

    For `Requirement.RANK`, `rank` is theirs and `minimum_rank` the least that is allowed.
    """

    code: ClassVar[str] = "may_not_apply"
    requirement: Requirement
    minimum_rank: int = 0
    rank: int = 0


@dataclass(eq=False)
class AlreadyApplied(MentorshipError):
    """The actor's last application or profile change is still pending."""

    code: ClassVar[str] = "already_applied"


@dataclass(eq=False)
class AlreadyAMentor(MentorshipError):
    """The actor applied and is a mentor already."""

    code: ClassVar[str] = "already_a_mentor"


@dataclass(eq=False)
class NothingPending(MentorshipError):
    """The actor has no pending application or profile change to edit or withdraw."""

    code: ClassVar[str] = "nothing_pending"


@dataclass(eq=False)
class ReapplyLater(MentorshipError):
    """The actor was rejected and can apply again at `again_at`."""

    code: ClassVar[str] = "reapply_later"
    again_at: datetime


@dataclass(eq=False)
class Suspended(MentorshipError):
    """The actor's mentor profile is suspended."""

    code: ClassVar[str] = "suspended"


@dataclass(eq=False)
class AlreadyDecided(MentorshipError):
    """Another moderator decided first; `decision` is the revision's status."""

    code: ClassVar[str] = "already_decided"
    decision: str
    decided_by: int | None


@dataclass(eq=False)
class OutsideLimits(MentorshipError):
    """A pending text can't be approved: the guild's limits have changed since it was sent.

    `problem` is the first field that is outside of them.
    """

    code: ClassVar[str] = "outside_limits"
    problem: InvalidField


@dataclass(eq=False)
class NotAMentor(MentorshipError):
    """A person does not mentor in this guild: the actor, or somebody else.

    `name` is somebody else's, if it is known.
    """

    code: ClassVar[str] = "not_a_mentor"
    name: str | None = None
    is_actor: bool = False


@dataclass(eq=False)
class StillAnApplicant(MentorshipError):
    """The actor has applied and is not a mentor yet; `answer` is the state of their application:
    pending, changes requested or rejected."""

    code: ClassVar[str] = "still_an_applicant"
    answer: RevisionStatus


@dataclass(eq=False)
class StoppedMentoring(MentorshipError):
    """The actor has stopped mentoring and can resume."""

    code: ClassVar[str] = "stopped_mentoring"


@dataclass(eq=False)
class ChangedMeanwhile(MentorshipError):
    """The data was changed since the actor read it."""

    code: ClassVar[str] = "changed_meanwhile"


# --- mentorships --------------------------------------------------------------------------------


@dataclass(eq=False)
class MentorshipEnded(MentorshipError):
    """The mentorship has ended, so its goals can't change until somebody resumes it."""

    code: ClassVar[str] = "mentorship_ended"


@dataclass(eq=False)
class TooManyGoals(MentorshipError):
    """The mentee has as many goals with the mentor as they can have: `most`.

    `is_open` tells whether open goals are meant. Otherwise it is all of them.
    """

    code: ClassVar[str] = "too_many_goals"
    most: int
    is_open: bool = True


@dataclass(eq=False)
class GoalClosed(MentorshipError):
    """The goal was reached or dropped, so it can't change."""

    code: ClassVar[str] = "goal_closed"
    status: GoalStatus


# --- booking ------------------------------------------------------------------------------------


@dataclass(eq=False)
class OwnProfile(MentorshipError):
    """A mentor can't book themselves."""

    code: ClassVar[str] = "own_profile"


@dataclass(eq=False)
class MentorPaused(MentorshipError):
    """The mentor is paused and takes no new bookings."""

    code: ClassVar[str] = "mentor_paused"
    name: str


class NotBookableReason(StrEnum):
    """Why a start can't be booked. Of several reasons the first in this order counts."""

    PAST = auto()
    NOTICE = auto()
    HORIZON = auto()
    HOURS = auto()
    BUSY = auto()
    DAY_FULL = auto()
    WEEK_FULL = auto()
    MENTEE_BUSY = auto()


@dataclass(eq=False)
class SlotUnavailable(MentorshipError):
    """A start can't be booked; `nearest` are open starts, the nearest first, in UTC.

    `minimum_notice` (minutes) and `horizon_days` are the mentor's limits. `by_mentor` says that the
    mentor chose the start.
    """

    code: ClassVar[str] = "slot_unavailable"
    reason: NotBookableReason
    nearest: tuple[datetime, ...] = ()
    mentor_name: str = ""
    minimum_notice: int = 0
    horizon_days: int = 0
    by_mentor: bool = False


@dataclass(eq=False)
class SlotTaken(SlotUnavailable):
    """The mentor has another commitment then, as a rule because somebody else booked first."""

    code: ClassVar[str] = "slot_taken"
    reason: NotBookableReason = NotBookableReason.BUSY


@dataclass(eq=False)
class Busy(SlotUnavailable):
    """The mentee has another session then, in this guild or in another, which is not said.

    For a reschedule (`is_reschedule`) it is not said either which of the two is busy. An invitation
    (`is_invitation`) has one start only.
    """

    code: ClassVar[str] = "you_are_busy"
    reason: NotBookableReason = NotBookableReason.MENTEE_BUSY
    is_reschedule: bool = False
    is_invitation: bool = False


@dataclass(eq=False)
class HelpRequestEnded(MentorshipError):
    """A request for help takes no offers any more; `status` is what became of it.

    `name` is that of the mentor whose offer came first, None if there was none.
    """

    code: ClassVar[str] = "help_request_ended"
    status: HelpRequestStatus
    name: str | None = None


@dataclass(eq=False)
class NotYourExpertise(MentorshipError):
    """A request for help is about an expertise, `tag`, that isn't among the actor's."""

    code: ClassVar[str] = "not_your_expertise"
    tag: str


@dataclass(eq=False)
class OwnHelpRequest(MentorshipError):
    """Nobody can offer themselves a time."""

    code: ClassVar[str] = "own_help_request"


@dataclass(eq=False)
class InvitationEnded(MentorshipError):
    """An invitation isn't open any more; `status` is what became of it."""

    code: ClassVar[str] = "invitation_ended"
    status: InvitationStatus


@dataclass(frozen=True, slots=True)
class UnavailableDate:
    """A date of a series, numbered from 1, that can't be booked at `starts_at` (UTC)."""

    number: int
    starts_at: datetime
    reason: NotBookableReason


@dataclass(eq=False)
class SeriesUnavailable(MentorshipError):
    """Some dates of a series can't be booked, so none was: at least one, in order."""

    code: ClassVar[str] = "series_unavailable"
    dates: tuple[UnavailableDate, ...]


@dataclass(eq=False)
class OwnSlots(MentorshipError):
    """A mentor can't wait for their own slots."""

    code: ClassVar[str] = "own_slots"


@dataclass(eq=False)
class SlotsOpen(MentorshipError):
    """The actor needn't wait for a slot that suits them: `starts` are open already.

    They are for sessions of `minutes`, sorted, in UTC.
    """

    code: ClassVar[str] = "slots_open"
    mentor_name: str
    minutes: int
    starts: tuple[datetime, ...]


@dataclass(eq=False)
class WrongDuration(MentorshipError):
    """The mentor offers no sessions of that length."""

    code: ClassVar[str] = "wrong_duration"
    offered: tuple[int, ...]


@dataclass(eq=False)
class PriceChanged(MentorshipError):
    """The price is not `shown` any more; the actor has to agree to `price`."""

    code: ClassVar[str] = "price_changed"
    shown: int
    price: int


@dataclass(eq=False)
class AnswersNeeded(MentorshipError):
    """The mentor asks questions that the actor has to answer before they can book.

    `question_ids` are those without an answer.
    """

    code: ClassVar[str] = "answers_needed"
    mentor_name: str
    question_ids: tuple[int, ...]


@dataclass(eq=False)
class QuestionsChanged(MentorshipError):
    """The mentor has changed questions that the actor answered. Nothing was booked.

    `question_ids` are those that say something else now.
    """

    code: ClassVar[str] = "questions_changed"
    mentor_name: str
    question_ids: tuple[int, ...]


@dataclass(eq=False)
class NotEnoughPoints(MentorshipError):
    """The actor's balance does not cover a price."""

    code: ClassVar[str] = "not_enough_points"
    balance: int
    needed: int
    currency: str


# --- group sessions -----------------------------------------------------------------------------


@dataclass(eq=False)
class OwnGroupSession(MentorshipError):
    """A mentor can't take a seat in their own group session."""

    code: ClassVar[str] = "own_group_session"


@dataclass(eq=False)
class SignUpClosed(MentorshipError):
    """Nobody can take a seat any more: the mentor has closed sign-up, or it started or ended."""

    code: ClassVar[str] = "sign_up_closed"
    status: SessionStatus
    has_started: bool = False


@dataclass(eq=False)
class SessionFull(MentorshipError):
    """All seats of a group session are taken, and `waiting` people are on its waitlist."""

    code: ClassVar[str] = "session_full"
    group_id: int
    waiting: int


@dataclass(eq=False)
class SeatsFree(MentorshipError):
    """Nobody has to wait for a seat of this group session: one is free."""

    code: ClassVar[str] = "seats_free"
    group_id: int


@dataclass(eq=False)
class AlreadyJoined(MentorshipError):
    """The actor has a seat in this group session already."""

    code: ClassVar[str] = "already_joined"
    session_id: int


@dataclass(eq=False)
class AlreadyWaiting(MentorshipError):
    """The actor is on the waitlist already, at this place from 1."""

    code: ClassVar[str] = "already_waiting"
    place: int


@dataclass(eq=False)
class RoleNeeded(MentorshipError):
    """Only members with one of these roles can take a seat."""

    code: ClassVar[str] = "role_needed"
    role_ids: tuple[int, ...]


# --- points -------------------------------------------------------------------------------------


@dataclass(eq=False)
class BalanceTooLow(MentorshipError):
    """An account holds less than `amount`; `name` is its owner's, None for the actor."""

    code: ClassVar[str] = "balance_too_low"
    balance: int
    amount: int
    currency: str
    name: str | None = None


@dataclass(eq=False)
class GiftToOneself(MentorshipError):
    """Members can't give points to themselves."""

    code: ClassVar[str] = "gift_to_oneself"


@dataclass(eq=False)
class BotsHaveNoPoints(MentorshipError):
    """Bots have no points."""

    code: ClassVar[str] = "bots_have_no_points"


@dataclass(eq=False)
class GrantAboveCeiling(MentorshipError):
    """A second moderator has to confirm grants above `ceiling` points."""

    code: ClassVar[str] = "grant_above_ceiling"
    ceiling: int


@dataclass(eq=False)
class SecondModeratorNeeded(MentorshipError):
    """The moderator who asked for a grant can't confirm it."""

    code: ClassVar[str] = "second_moderator_needed"


@dataclass(eq=False)
class RecipientNotAMember(MentorshipError):
    """The person whose points would change isn't a member of the guild, as far as is known.

    `name` is None if it isn't known.
    """

    code: ClassVar[str] = "recipient_not_a_member"
    name: str | None = None


@dataclass(eq=False)
class TooManyPoints(MentorshipError):
    """The sum of a guild's points is limited; at most `left` more can be granted."""

    code: ClassVar[str] = "too_many_points"
    left: int


# --- sessions -----------------------------------------------------------------------------------


class SessionAction(StrEnum):
    """What people do to a session beside the actions of its life cycle."""

    SET_LINK = auto()
    ANNOUNCE_DELAY = auto()
    STOP_REPEATING = auto()
    THANK = auto()
    ADD_NOTES = auto()


class ReviewAction(StrEnum):
    """What the mentee, the mentor or a moderator does to a review."""

    RATE = auto()
    EDIT = auto()
    REPLY = auto()
    HIDE = auto()
    SHOW = auto()


class ProfileAction(StrEnum):
    """What a moderator does to a mentor profile."""

    SUSPEND = auto()
    REINSTATE = auto()


class Obstacle(StrEnum):
    """What is in the way of an action, beside a session's status."""

    # Of a session.
    STARTED = auto()
    ANSWER_DEADLINE_PASSED = auto()
    NO_PROPOSAL = auto()
    PROPOSAL_PASSED = auto()
    OTHER_PROPOSAL_OPEN = auto()
    NONE_LEFT = auto()
    """No session of a series allows it any more."""
    MENTOR_UNAVAILABLE = auto()
    ALREADY_REPORTED = auto()
    TOO_EARLY = auto()
    SIGN_UP_CLOSED = auto()
    SIGN_UP_OPEN = auto()
    PART_OF_GROUP = auto()
    """The group session has it, and not each of its seats."""
    NOT_REPEATING = auto()
    NOT_NEAR_START = auto()
    DELAY_PASSED = auto()
    """The person is later than that already, or the session ends before."""
    LONGER_DELAY_KNOWN = auto()
    ALREADY_THANKED = auto()
    MENTOR_LEFT = auto()
    # Of a review.
    HIDDEN = auto()
    ALREADY_HIDDEN = auto()
    NOT_HIDDEN = auto()
    ALREADY_ANSWERED = auto()
    WITHOUT_TEXT = auto()
    # Of a mentor profile.
    ALREADY_SUSPENDED = auto()
    NOT_SUSPENDED = auto()


@dataclass(eq=False)
class NotAllowedNow(MentorshipError):
    """The state of a session, a review or a mentor profile does not allow an action.

    `action` is a `mentorship.sessions.lifecycle.Action` or one of the enums above. Without an
    `obstacle` it is the session's `status` that does not allow it.
    """

    code: ClassVar[str] = "not_allowed_now"
    action: StrEnum
    obstacle: Obstacle | None = None
    status: SessionStatus | None = None
    subject: Subject = Subject.SESSION


@dataclass(eq=False)
class RatingClosed(MentorshipError):
    """The time to rate the session, or to change the rating, ended at `closed_at`.

    `is_first` tells whether the actor has not rated it before.
    """

    code: ClassVar[str] = "rating_closed"
    closed_at: datetime
    is_first: bool = False


@dataclass(eq=False)
class StillToSettle(MentorshipError):
    """The actor's data can't be erased while points of a session are on hold; see `starts_at`."""

    code: ClassVar[str] = "still_to_settle"
    starts_at: datetime


# --- notes, next steps and links ----------------------------------------------------------------


@dataclass(eq=False)
class TextChanged(MentorshipError):
    """A note, next step or goal has changed since the actor read it, so their text wasn't saved.

    `revision` is the current one. `name` is who changed it, None if it was the actor themselves or
    isn't known.
    """

    code: ClassVar[str] = "text_changed"
    subject: Subject
    revision: int
    name: str | None


@dataclass(eq=False)
class TooManyNextSteps(MentorshipError):
    """A session can have at most `most` next steps."""

    code: ClassVar[str] = "too_many_next_steps"
    most: int


@dataclass(eq=False)
class TooManySessionLinks(MentorshipError):
    """A session, or a group session, can have at most `most` links."""

    code: ClassVar[str] = "too_many_session_links"
    most: int


@dataclass(eq=False)
class LeaderboardOff(MentorshipError):
    """The guild shows no leaderboard."""

    code: ClassVar[str] = "leaderboard_off"


# --- webhooks -----------------------------------------------------------------------------------


@dataclass(eq=False)
class TooManyEndpoints(MentorshipError):
    """A guild can have at most `most` webhook endpoints."""

    code: ClassVar[str] = "too_many_endpoints"
    most: int


@dataclass(eq=False)
class ConfiguredEndpoint(MentorshipError):
    """The endpoint is in the program's configuration, so it can only be changed there."""

    code: ClassVar[str] = "configured_endpoint"


@dataclass(eq=False)
class EndpointDisabled(MentorshipError):
    """Nothing can be sent to a disabled endpoint."""

    code: ClassVar[str] = "endpoint_disabled"


@dataclass(eq=False)
class RotationPending(MentorshipError):
    """The secret before the endpoint's current one is still valid, until `until`.

    A third one would end it early, perhaps before the receiver knows the second.
    """

    code: ClassVar[str] = "rotation_pending"
    until: datetime


@dataclass(eq=False)
class EventsExpired(MentorshipError):
    """Events after the given position may have been deleted for their age.

    `oldest` is the first position from which on all events are kept.
    """

    code: ClassVar[str] = "events_expired"
    oldest: int


# --- calendars ----------------------------------------------------------------------------------


class CalendarProblem(StrEnum):
    """What is wrong with a calendar of another server. Its owner is shown the sentence for it."""

    NOT_FOUND = auto()
    """There is nothing at the address any more (404 or 410)."""
    SIGN_IN_NEEDED = auto()
    """The address needs a sign-in, so it isn't the calendar's secret address (401)."""
    WRONG_PASSWORD = auto()
    """The server refuses the name or the password that were given."""
    FORBIDDEN = auto()
    """The server refuses access (403)."""
    NOT_A_CALENDAR = auto()
    """The answer isn't a calendar: a web page, for instance, or nothing at all."""
    INCOMPLETE = auto()
    """The calendar stops in the middle, so events may be missing."""
    TOO_LARGE = auto()
    """The file has more bytes than are read."""
    TOO_MANY_EVENTS = auto()
    """The calendar has more events, or recurrences of them, than are read."""
    TOO_COMPLEX = auto()
    """Reading the calendar takes more time or memory than one calendar may have."""
    TOO_MANY_REDIRECTS = auto()
    REFUSED = auto()
    """The address, or one it leads to, is in a private network or isn't https."""
    UNKNOWN_HOST = auto()
    UNREACHABLE = auto()
    """No connection, or it was closed before the answer was complete."""
    BAD_CERTIFICATE = auto()
    TIMEOUT = auto()
    SERVER_ERROR = auto()
    """The server reports an error of its own, or asks to come back later (5xx or 429)."""
    STORAGE_FULL = auto()
    """The server has no room for another entry (507)."""
    BAD_ANSWER = auto()
    """The answer isn't what the protocol says."""
    UNREADABLE_SECRET = auto()
    """What was stored encrypted can't be decrypted, since its key is gone."""


@dataclass(eq=False)
class CalendarUnavailable(MentorshipError):
    """A calendar on another server can't be used, because of `problem`."""

    code: ClassVar[str] = "calendar_unavailable"
    problem: CalendarProblem


@dataclass(eq=False)
class TooManyCalendars(MentorshipError):
    """A member can have at most `most` calendars of other servers in a guild."""

    code: ClassVar[str] = "too_many_calendars"
    most: int


@dataclass(eq=False)
class CalendarAlreadyAdded(MentorshipError):
    """The member has that calendar already."""

    code: ClassVar[str] = "calendar_already_added"


@dataclass(eq=False)
class CalendarsNotSetUp(MentorshipError):
    """The operator hasn't set what people's calendars need, such as an encryption key."""

    code: ClassVar[str] = "calendars_not_set_up"


# --- for the REST API ---------------------------------------------------------------------------


@dataclass(eq=False)
class KeyReused(MentorshipError):
    """An idempotency key was sent again with another request."""

    code: ClassVar[str] = "idempotency_key_reused"
