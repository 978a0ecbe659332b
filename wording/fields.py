"""Fields that were filled in wrongly: a sentence for each problem, with the limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mentorship.errors import Field, InvalidField, Problem
from mentorship.guilds.setting_limits import SETTINGS, Duration, Durations
from wording import examples, lists, times
from wording.administration import settings
from wording.durations import counted, duration
from wording.reader import Reader

_Template = str | Callable[[InvalidField, Reader], str]


def sentence(error: InvalidField, reader: Reader) -> str:
    """Say what is wrong with a field and what is allowed, one line for each problem."""
    problems = (_sentence(problem, reader) for problem in (error, *error.others))
    return "\n".join(problems)


def _sentence(error: InvalidField, reader: Reader) -> str:
    template = _SENTENCES.get((error.field, error.problem)) or _OF_ANY_FIELD[error.problem]
    if callable(template):
        return template(error, reader)
    return template.format_map(vars(error) | {"label": _label(error.field, reader)})


def _label(field: Field, reader: Reader) -> str:
    """Return a field's name, fit for "the …"."""
    return settings.label(field, reader) if field in SETTINGS else _LABELS.get(field, "")


def _past_date(error: InvalidField, reader: Reader) -> str:
    assert error.date is not None
    return f"{times.full_date(error.date, reader)} is in the past. Choose a later date."


def _overlapping_trip(error: InvalidField, reader: Reader) -> str:
    assert error.date is not None
    day = times.full_date(error.date, reader)
    return f"This overlaps another trip on {day}. Choose other dates, or remove one of the trips."


def _setting_out_of_range(error: InvalidField, reader: Reader) -> str:
    least, most = error.least or 0, error.most or 0
    if isinstance(SETTINGS[error.field], Duration | Durations):
        limits = f"{duration(least, reader)} and {duration(most, reader)}"
    else:
        limits = f"{least:,} and {settings.value(error.field, most, reader)}"
    return f"The {_label(error.field, reader)} must be between {limits}."


def _setting_not_a_whole_number(error: InvalidField, reader: Reader) -> str:
    hint = settings.hint(error.field, reader)
    return f"The {_label(error.field, reader)} must be a whole number: {hint}."


def _setting_not_an_option(error: InvalidField, reader: Reader) -> str:
    hint = settings.hint(error.field, reader)
    return f"The {_label(error.field, reader)} must be one of these: {hint}."


def _setting_not_a_name(error: InvalidField, reader: Reader) -> str:
    hint = settings.hint(error.field, reader)
    return f"The {_label(error.field, reader)} takes {hint}, such as `points`."


def _unreadable_quiet_hours(error: InvalidField, reader: Reader) -> str:
    return (
        f"I couldn't read {lists.typed(error.typed or '', reader)}. Quiet hours apply every day "
        f"and look like `{examples.quiet_hours(reader)}`."
    )


def _empty_quiet_hours(error: InvalidField, reader: Reader) -> str:
    example = examples.quiet_hours(reader)
    return f"Quiet hours can't begin and end at the same time. Try `{example}`."


def _setting_not_a_duration(error: InvalidField, reader: Reader) -> str:
    label = "reminder" if error.field is Field.REMINDERS else _label(error.field, reader)
    text = (error.typed or "").replace("`", "")[:40]
    typed = f", not `{text}`" if text.strip() else ""
    return (
        f"The {label} takes a number and its unit, such as `24 hours`, `90 min` or `2 days`{typed}."
    )


def _seats_taken(error: InvalidField, reader: Reader) -> str:
    seats = counted(error.least or 0, "seat", reader)
    return f"Offer at least {seats}, as many as are taken, or 0 for as many as join."


def _answer_too_long(error: InvalidField, reader: Reader) -> str:
    question = lists.typed(error.typed or "", reader)
    return f"The answer to {question} can have up to {error.most} characters."


def _wrong_parent(thing: str, place: str) -> _Template:
    def write(error: InvalidField, reader: Reader) -> str:
        room = settings.options("meeting_place", reader)[place]
        return f"To meet in {room}, choose {thing} as the {_label(error.field, reader)}, or none."

    return write


_LABELS: Mapping[Field, str] = {
    Field.SESSION: "session",
    Field.TOPIC: "topic",
    Field.LENGTH: "length",
    Field.PRICE: "price",
    Field.NOTE: "note",
    Field.REASON: "reason",
    Field.SESSION_NOTE: "note",
    Field.LINK_LABEL: "link's name",
    Field.LINK_ADDRESS: "link",
    Field.REVIEW: "review",
    Field.REPLY: "reply",
    Field.GOAL_TEXT: "goal",
    Field.GOAL_PROGRESS: "progress",
    Field.THANKS: "thanks",
    Field.THRESHOLD_ROLES: "roles for mentors",
    Field.LEAST_SESSIONS: "number of sessions",
    Field.LEAST_STARS: "rating",
    Field.LEAST_HOURS: "number of hours",
    Field.TIP: "tip",
    Field.MENTOR: "mentor",
    Field.MEMBER: "member",
    Field.MEETING_LINK: "meeting link",
    Field.CALENDAR_LABEL: "calendar's name",
    Field.CALENDAR_USERNAME: "user name",
    Field.CALENDAR_PASSWORD: "password",
    Field.ADJUSTMENT_REASON: "reason",
}

_OF_ANY_FIELD: Mapping[Problem, _Template] = {
    Problem.TOO_LONG: "The {label} can have up to {most:,} characters.",
    Problem.NOT_SUGGESTED: ("The {label} must be one of the suggestions that appear as you type."),
    # Settings.
    Problem.NOT_A_WHOLE_NUMBER: _setting_not_a_whole_number,
    Problem.NOT_A_DURATION: _setting_not_a_duration,
    Problem.OUT_OF_RANGE: _setting_out_of_range,
    Problem.TOO_MANY: "The {label} can't be more than {most}.",
    Problem.NOT_AN_OPTION: _setting_not_an_option,
    Problem.UNKNOWN_ID: "The {label} can't be that. Choose it from the list.",
}

_AMOUNT_IS_ZERO = "The amount is 0. Choose 1 or more."
_AMOUNT_IS_NEGATIVE = "The amount is below zero. Choose 1 or more."
_AMOUNT_IS_TOO_LARGE = "The amount can be up to {most:,}."
_LIMIT = "The number of {} must be between {{least}} and {{most:,}}."
_BUFFER = "The buffer {} a session must be between {{least}} and {{most}} minutes."

_SENTENCES: Mapping[tuple[Field, Problem], _Template] = {
    # Sessions.
    (Field.SESSION, Problem.NOT_SUGGESTED): (
        "The session must be one of the suggestions that appear as you type. If there are none, "
        "you have no session for this command."
    ),
    (Field.EVERY_WEEKS, Problem.NOT_AN_OPTION): "A series repeats every week or every 2 weeks.",
    (Field.SERIES_COUNT, Problem.OUT_OF_RANGE): "A series has {least} to {most} sessions.",
    (Field.SERIES_DATES, Problem.OUT_OF_RANGE): "The dates are numbered from {least} to {most}.",
    (Field.SERIES_DATES, Problem.WRONG_COUNT): (
        "A series has {least} to {most} sessions. Move a date that was left out, or book one "
        "session instead."
    ),
    (Field.SERIES_DATES, Problem.TOO_LARGE): (
        "Date {count} is moved too far. Keep it nearer to its own date than to the next one."
    ),
    (Field.NEW_START, Problem.UNCHANGED): ("The session is already at that time. Choose another."),
    (Field.WEBHOOK_DESCRIPTION, Problem.TOO_LONG): (
        "The description can have up to {most:,} characters."
    ),
    (Field.WEBHOOK_SECRET, Problem.UNREADABLE): (
        "A secret is whsec_ followed by 24 to 64 random bytes in base64."
    ),
    (Field.HELP_TEXT, Problem.WRONG_LENGTH): (
        "Say in up to {most:,} characters what you'd like help with."
    ),
    (Field.LENGTH, Problem.NOT_A_WHOLE_NUMBER): (
        "The length is a whole number of minutes, such as 45."
    ),
    (Field.LENGTH, Problem.OUT_OF_RANGE): "A session can take {least} to {most} minutes.",
    (Field.PRICE, Problem.OUT_OF_RANGE): "The price must be between {least:,} and {most:,}.",
    (Field.PRICE, Problem.NOT_A_WHOLE_NUMBER): "The price must be a whole number, such as 60.",
    (Field.RATING, Problem.OUT_OF_RANGE): ("The rating must be {least} to {most} stars."),
    (Field.REPLY, Problem.MISSING): "The reply is empty. Write a few words.",
    # Notes, next steps and links.
    (Field.SESSION_NOTE, Problem.TOO_LONG): (
        "A note can have up to {most:,} characters, and yours has {count:,}."
    ),
    (Field.STEP_TEXT, Problem.MISSING): (
        "Say what the next step is, such as `Write a first draft`."
    ),
    (Field.STEP_TEXT, Problem.TOO_LONG): (
        "A next step can have up to {most} characters, and yours has {count:,}."
    ),
    (Field.STEP_DATE, Problem.PAST): _past_date,
    (Field.STEP_DATE, Problem.TOO_LATE): "A next step can be due up to two years from now.",
    (Field.LINK_ADDRESS, Problem.UNREADABLE): (
        "The link must start with `https://` and name a website on the public internet, such as "
        "`https://docs.example.com/plan`. It can't contain a user name, an IP address or special "
        "letters in the host name."
    ),
    # Group sessions.
    (Field.GROUP_TITLE, Problem.WRONG_LENGTH): "The title needs {least} to {most} characters.",
    (Field.GROUP_DESCRIPTION, Problem.TOO_LONG): (
        "The description can have up to {most:,} characters."
    ),
    (Field.GROUP_START, Problem.MISSING): (
        "You have no open slot in the next weeks. Enter a time, such as `tomorrow 18:00`, or set "
        "your hours with `/mentor hours`."
    ),
    (Field.GROUP_LENGTH, Problem.NOT_A_WHOLE_NUMBER): "The length is a number of minutes: `60`.",
    (Field.SEAT_PRICE, Problem.NOT_A_WHOLE_NUMBER): (
        "The price must be a whole number of points, such as `20`, or empty if it's free."
    ),
    (Field.MINIMUM_SEATS, Problem.NOT_A_WHOLE_NUMBER): (
        "The minimum must be a whole number of seats, such as `3`, or empty for none."
    ),
    (Field.REPEAT, Problem.NOT_A_WHOLE_NUMBER): (
        "How often it repeats must be a whole number, such as `5`, or empty for no end."
    ),
    (Field.GROUP_START, Problem.PAST): "The start is in the past. Choose a later time.",
    (Field.GROUP_START, Problem.UNCHANGED): "The session is already at that time. Choose another.",
    (Field.GROUP_LENGTH, Problem.OUT_OF_RANGE): (
        "A group session can last {least} to {most} minutes."
    ),
    (Field.CAPACITY, Problem.OUT_OF_RANGE): (
        "Offer {least} to {most} seats, or 0 for as many as join."
    ),
    (Field.CAPACITY, Problem.TOO_SMALL): _seats_taken,
    (Field.SEAT_PRICE, Problem.OUT_OF_RANGE): ("A seat can cost {least} to {most:,} points here."),
    (Field.MINIMUM_SEATS, Problem.OUT_OF_RANGE): (
        "The minimum number of seats can be {least} to {most}."
    ),
    (Field.MINIMUM_DEADLINE, Problem.PAST): (
        "The deadline for the minimum is in the past. Choose a later time."
    ),
    (Field.MINIMUM_DEADLINE, Problem.TOO_LATE): (
        "The deadline for the minimum can't be after the start."
    ),
    (Field.JOIN_ROLE_IDS, Problem.TOO_MANY): "Choose up to {most} roles that may join.",
    (Field.REPEAT, Problem.OUT_OF_RANGE): (
        "A session can repeat every week or every 2 weeks, up to {most} times."
    ),
    # Mentors.
    (Field.EXPERTISE, Problem.WRONG_LENGTH): (
        "Each expertise can have up to {most} characters. Separate them with commas."
    ),
    (Field.EXPERTISE, Problem.WITHOUT_WORDS): (
        "Each expertise needs at least one letter or digit."
    ),
    (Field.EXPERTISE, Problem.WRONG_COUNT): (
        "List {least} to {most} areas of expertise, separated by commas, such as "
        "`python, git, careers`. You have {count}."
    ),
    (Field.HOURLY_RATE, Problem.NOT_A_WHOLE_NUMBER): (
        "The hourly rate must be a whole number of points, such as `50`."
    ),
    (Field.HOURLY_RATE, Problem.OUT_OF_RANGE): (
        "The hourly rate must be between {least} and {most:,} here."
    ),
    (Field.BIO, Problem.WRONG_LENGTH): (
        "The bio needs {least} to {most:,} characters, and yours has {count:,}."
    ),
    (Field.JITSI_SERVER, Problem.UNREADABLE): (
        "The Jitsi server must be an address such as `https://meet.example.org`, without `?` or "
        "`#`."
    ),
    (Field.MEETING_LINK, Problem.UNREADABLE): (
        "The meeting link must start with `https://` and name a website, such as "
        "`https://meet.example.com/your-room`. It can't contain a user name, an IP address or "
        "special letters in the host name."
    ),
    (Field.PAUSED_UNTIL, Problem.PAST): (
        "The end of the pause is in the past. Choose a later time."
    ),
    (Field.QUESTIONS, Problem.TOO_MANY): (
        "You can ask up to {most} questions. Remove one before you add another."
    ),
    (Field.QUESTIONS, Problem.OVERLAPPING): "The same question is listed twice.",
    (Field.QUESTION, Problem.WRONG_LENGTH): "A question needs 1 to {most} characters.",
    (Field.ANSWER, Problem.TOO_LONG): _answer_too_long,
    (Field.ANSWER, Problem.OVERLAPPING): "The same question is answered twice.",
    # Goals.
    (Field.GOAL_TEXT, Problem.MISSING): "Say what the goal is, such as `Pass the AWS exam`.",
    (Field.GOAL_DATE, Problem.PAST): "The goal's date has passed. Choose today or a later date.",
    (Field.GOAL_DATE, Problem.TOO_LATE): "The goal's date can be at most 10 years ahead.",
    # Calendars.
    (Field.CALENDAR_LABEL, Problem.MISSING): "Give the calendar a name, such as `Work`.",
    (Field.CALENDAR_ADDRESS, Problem.UNREADABLE): (
        "The address must start with `https://` or `webcal://` and be on the public internet. Copy "
        "it from your calendar's settings."
    ),
    (Field.CALENDAR_USERNAME, Problem.MISSING): "Enter your user name for the calendar's server.",
    (Field.CALENDAR_PASSWORD, Problem.MISSING): (
        "Enter your password for the calendar's server. Many need an app password."
    ),
    (Field.CALENDAR_RECEIVES_SESSIONS, Problem.NOT_AN_OPTION): (
        "Sessions can only be written into a calendar that you've connected over CalDAV."
    ),
    # Availability.
    (Field.DURATIONS, Problem.OUT_OF_RANGE): (
        "Offer at least one length, from {least} to {most} minutes."
    ),
    (Field.SLOT_STEP, Problem.OUT_OF_RANGE): _LIMIT.format("minutes between two starts"),
    (Field.BUFFER_BEFORE, Problem.OUT_OF_RANGE): _BUFFER.format("before"),
    (Field.BUFFER_AFTER, Problem.OUT_OF_RANGE): _BUFFER.format("after"),
    (Field.MINIMUM_NOTICE, Problem.OUT_OF_RANGE): _LIMIT.format(
        "minutes between a booking and its session"
    ),
    (Field.HORIZON_DAYS, Problem.OUT_OF_RANGE): _LIMIT.format("days ahead that can be booked"),
    (Field.MOST_PER_DAY, Problem.OUT_OF_RANGE): _LIMIT.format("sessions a day"),
    (Field.MOST_PER_WEEK, Problem.OUT_OF_RANGE): _LIMIT.format("sessions a week"),
    (Field.BOOKING_LIMIT, Problem.NOT_A_WHOLE_NUMBER): (
        "Each field takes a whole number, such as `15`."
    ),
    (Field.DAY_HOURS, Problem.TOO_MANY): (
        "A day can have up to {most} time ranges, and this one has {count}. Combine some of them."
    ),
    (Field.DATE_OVERRIDES, Problem.TOO_MANY): (
        "You can set days off and special hours for up to {most} dates, and this would be {count}. "
        "Remove some dates first, or change your weekly hours instead."
    ),
    (Field.DATE, Problem.PAST): _past_date,
    (Field.LAST_DATE, Problem.TOO_EARLY): "The last day must not come before the first.",
    (Field.LAST_DATE, Problem.TOO_LATE): "The last day can be at most a year after the first.",
    (Field.TRAVEL, Problem.TOO_EARLY): "The last day must not come before the first.",
    (Field.TRAVEL, Problem.TOO_LATE): (
        "A trip can last up to two years, and end up to two years from now."
    ),
    (Field.TRAVEL, Problem.PAST): _past_date,
    (Field.TRAVEL, Problem.OVERLAPPING): _overlapping_trip,
    (Field.TRAVEL, Problem.TOO_MANY): (
        "You can have up to {most} trips, and this would be {count}. Remove one first."
    ),
    (Field.WINDOW, Problem.OUT_OF_RANGE): (
        "The window must end after it begins, and within {most} days."
    ),
    # Search.
    (Field.SEARCH_EXPERTISE, Problem.TOO_LONG): ("The expertise can have up to {most} characters."),
    (Field.SEARCH_TEXT, Problem.TOO_LONG): "The words can have up to {most} characters.",
    (Field.SEARCH_TEXT, Problem.WITHOUT_WORDS): ("The words need at least one letter or digit."),
    (Field.MINIMUM_RATING, Problem.OUT_OF_RANGE): ("The rating must be {least} to {most} stars."),
    (Field.MAXIMUM_RATE, Problem.OUT_OF_RANGE): (
        "The highest rate must be a whole number of points, {least} or more."
    ),
    (Field.PAGE_SIZE, Problem.OUT_OF_RANGE): "A page can have {least} to {most} mentors.",
    (Field.CURSOR, Problem.UNREADABLE): (
        "The cursor doesn't belong to this search. Leave it out to start again."
    ),
    # Points.
    (Field.GIFT_AMOUNT, Problem.ZERO): _AMOUNT_IS_ZERO,
    (Field.GRANT_AMOUNT, Problem.ZERO): _AMOUNT_IS_ZERO,
    (Field.DEDUCTION_AMOUNT, Problem.ZERO): _AMOUNT_IS_ZERO,
    (Field.GIFT_AMOUNT, Problem.NEGATIVE): _AMOUNT_IS_NEGATIVE,
    (Field.GRANT_AMOUNT, Problem.NEGATIVE): (
        f"{_AMOUNT_IS_NEGATIVE} To take points away, use `/moderation deduct`."
    ),
    (Field.DEDUCTION_AMOUNT, Problem.NEGATIVE): (
        f"{_AMOUNT_IS_NEGATIVE} To add points, use `/moderation grant`."
    ),
    (Field.GIFT_AMOUNT, Problem.TOO_LARGE): _AMOUNT_IS_TOO_LARGE,
    (Field.GRANT_AMOUNT, Problem.TOO_LARGE): _AMOUNT_IS_TOO_LARGE,
    (Field.THRESHOLD_ROLES, Problem.TOO_MANY): (
        "A server can have {most} roles for mentors. Remove one first."
    ),
    (Field.LEAST_SESSIONS, Problem.OUT_OF_RANGE): (
        "The number of sessions must be a whole number from {least} to {most:,}."
    ),
    (Field.LEAST_HOURS, Problem.OUT_OF_RANGE): (
        "The number of hours must be a whole number from {least} to {most:,}."
    ),
    (Field.LEAST_STARS, Problem.OUT_OF_RANGE): (
        "The rating must be 1 to 5 stars, with one decimal place at most, such as 4.5."
    ),
    (Field.TIP, Problem.NEGATIVE): "The tip is below zero. Leave it empty to send no points.",
    (Field.TIP, Problem.TOO_LARGE): "The tip can be up to {most:,}.",
    (Field.TIP, Problem.NOT_A_WHOLE_NUMBER): "The tip must be a whole number, such as 20.",
    (Field.DEDUCTION_AMOUNT, Problem.TOO_LARGE): _AMOUNT_IS_TOO_LARGE,
    (Field.ADJUSTMENT_REASON, Problem.MISSING): ("Give a reason. The member will read it."),
    # Members.
    (Field.RANK, Problem.OUT_OF_RANGE): (
        "The rank must be a whole number from {least} to {most:,}."
    ),
    (Field.MUTED, Problem.NOT_AN_OPTION): (
        "Only the listed kinds of notifications can be turned off."
    ),
    (Field.MEMBER_REMINDERS, Problem.TOO_MANY): "You can have up to {most} reminders.",
    (Field.MEMBER_REMINDERS, Problem.OUT_OF_RANGE): (
        "A reminder can be 1 minute to 14 days before the start."
    ),
    (Field.QUIET_HOURS, Problem.UNREADABLE): _unreadable_quiet_hours,
    (Field.QUIET_HOURS, Problem.OUT_OF_RANGE): _empty_quiet_hours,
    # Moderation.
    (Field.DECISION_REASON, Problem.MISSING): ("Give a reason. The applicant will read it."),
    (Field.SUSPENSION_REASON, Problem.MISSING): ("Give a reason. The mentor will read it."),
    (Field.HIDING_REASON, Problem.MISSING): (
        "Give a reason. The author of the review will read it."
    ),
    # Settings of a guild.
    (Field.APPLY_ROLE_IDS, Problem.MISSING): (
        "Choose at least one role that may apply, or let everyone apply."
    ),
    (Field.CURRENCY_NAME, Problem.UNREADABLE): _setting_not_a_name,
    (Field.CURRENCY_EMOJI, Problem.UNREADABLE): (
        "The {label} must be one emoji, such as 🪙 or ⭐."
    ),
    (Field.MEETING_PARENT_ID, Problem.NOT_A_TEXT_CHANNEL): _wrong_parent(
        "a text channel", "thread"
    ),
    (Field.MEETING_PARENT_ID, Problem.NOT_A_CATEGORY): _wrong_parent("a category", "voice"),
}
