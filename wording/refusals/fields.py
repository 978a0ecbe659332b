"""Fields that were filled in wrongly: a sentence for each problem, with the limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mentorship.errors import Field, InvalidField, Problem
from mentorship.guilds.setting_limits import SETTINGS, Duration, Durations, Name
from wording import examples, lists, times
from wording.administration import settings
from wording.cldr import format_number
from wording.durations import duration
from wording.reader import Reader
from wording.translation import N_, Plural, _, ngettext, nN_, sentences

_Template = str | Plural | Callable[[InvalidField, Reader], str]
"""A text with `{label}`, `{least}`, `{most}` and `{given}`, the number of what was sent, in which
`{count}` is the most if a noun depends on it; or a function that writes one."""


def sentence(error: InvalidField, reader: Reader) -> str:
    """Say what is wrong with a field and what is allowed, one line for each problem."""
    problems = (_sentence(problem, reader) for problem in (error, *error.others))
    return "\n".join(problems)


def _sentence(error: InvalidField, reader: Reader) -> str:
    template = _SENTENCES.get((error.field, error.problem)) or _OF_ANY_FIELD[error.problem]
    if not isinstance(template, str | Plural):
        return template(error, reader)
    label = _label(error.field, reader)
    if isinstance(template, Plural):
        least, given = (_number(value, reader) for value in (error.least, error.count))
        return ngettext(*template, error.most or 0, label=label, least=least, given=given)
    least, most, given = (
        _number(value, reader) for value in (error.least, error.most, error.count)
    )
    return _(template, label=label, least=least, most=most, given=given)


def _number(value: int | None, reader: Reader) -> str:
    return "" if value is None else format_number(value, reader.formats)


def _label(field: Field, reader: Reader) -> str:
    """Return a field's name, fit for "the …"."""
    if field in SETTINGS:
        return settings.label(field, reader)
    return _(_LABELS[field]) if field in _LABELS else ""


def _past_date(error: InvalidField, reader: Reader) -> str:
    assert error.date is not None
    return _(
        "{date} is in the past. Choose a later date.", date=times.full_date(error.date, reader)
    )


def _overlapping_trip(error: InvalidField, reader: Reader) -> str:
    assert error.date is not None
    return _(
        "This overlaps another trip on {date}. Choose other dates, or remove one of the trips.",
        date=times.full_date(error.date, reader),
    )


def _setting_out_of_range(error: InvalidField, reader: Reader) -> str:
    least, most = error.least or 0, error.most or 0
    if isinstance(SETTINGS[error.field], Duration | Durations):
        first, last = duration(least, reader), duration(most, reader)
    else:
        first = format_number(least, reader.formats)
        last = settings.value(error.field, most, reader)
    # Translators: {label} is the name of a setting, such as "starting balance".
    return _(
        "The {label} must be between {least} and {most}.",
        label=_label(error.field, reader),
        least=first,
        most=last,
    )


def _setting_not_a_whole_number(error: InvalidField, reader: Reader) -> str:
    # Translators: {label} is the name of a setting, {range} what it can be: "0 to 50%".
    return _(
        "The {label} must be a whole number: {range}.",
        label=_label(error.field, reader),
        range=settings.hint(error.field, reader),
    )


def _setting_not_an_option(error: InvalidField, reader: Reader) -> str:
    # Translators: {label} is the name of a setting.
    return _(
        "The {label} must be one of these: {options}.",
        label=_label(error.field, reader),
        options=settings.hint(error.field, reader),
    )


def _setting_not_a_name(error: InvalidField, reader: Reader) -> str:
    setting = SETTINGS[error.field]
    assert isinstance(setting, Name)
    # Translators: {label} is the name of a setting.
    return ngettext(
        "The {label} takes 1 to {count} letter, digit or space, such as `points`.",
        "The {label} takes 1 to {count} letters, digits or spaces, such as `points`.",
        setting.longest,
        label=_label(error.field, reader),
    )


def _unreadable_quiet_hours(error: InvalidField, reader: Reader) -> str:
    return sentences(
        _("I couldn't read {text}.", text=lists.typed(error.typed or "", reader)),
        _(
            "Quiet hours apply every day and look like {example}.",
            example=f"`{examples.quiet_hours(reader)}`",
        ),
    )


def _empty_quiet_hours(error: InvalidField, reader: Reader) -> str:
    return sentences(
        _("Quiet hours can't begin and end at the same time."),
        _("Try {example}.", example=f"`{examples.quiet_hours(reader)}`"),
    )


def _setting_not_a_duration(error: InvalidField, reader: Reader) -> str:
    label = _("reminder") if error.field is Field.REMINDERS else _label(error.field, reader)
    text = (error.typed or "").replace("`", "")[:40]
    first, second, third = (f"`{duration(each, reader)}`" for each in (1_440, 45, 2_880))
    if not text.strip():
        # Translators: {label} is the name of a setting, such as "time to confirm".
        return _(
            "The {label} takes a number and its unit, such as {first}, {second} or {third}.",
            label=label,
            first=first,
            second=second,
            third=third,
        )
    # Translators: {label} is the name of a setting, and {text} what somebody typed.
    return _(
        "The {label} takes a number and its unit, such as {first}, {second} or {third}, not "
        "{text}.",
        label=label,
        first=first,
        second=second,
        third=third,
        text=f"`{text}`",
    )


def _seats_taken(error: InvalidField, reader: Reader) -> str:
    return ngettext(
        "Offer at least {count} seat, as many as are taken, or 0 for as many as join.",
        "Offer at least {count} seats, as many as are taken, or 0 for as many as join.",
        error.least or 0,
    )


def _answer_too_long(error: InvalidField, reader: Reader) -> str:
    return ngettext(
        "The answer to {question} can have up to {count} character.",
        "The answer to {question} can have up to {count} characters.",
        error.most or 0,
        question=lists.typed(error.typed or "", reader),
    )


def _no_start(error: InvalidField, reader: Reader) -> str:
    example, _later = examples.exact_times(reader)
    return sentences(
        _("You have no open slot in the next weeks."),
        _(
            "Enter a time, such as {example}, or set your hours with `/mentor hours`.",
            example=f"`{example}`",
        ),
    )


def _wrong_text_channel(error: InvalidField, reader: Reader) -> str:
    # Translators: {label} is the name of a setting.
    return _(
        "To meet in a private thread, choose a text channel as the {label}, or none.",
        label=_label(error.field, reader),
    )


def _wrong_category(error: InvalidField, reader: Reader) -> str:
    # Translators: {label} is the name of a setting.
    return _(
        "To meet in a private voice channel, choose a category as the {label}, or none.",
        label=_label(error.field, reader),
    )


_LABELS: Mapping[Field, str] = {
    Field.SESSION: N_("session"),
    Field.TOPIC: N_("topic"),
    Field.LENGTH: N_("length"),
    Field.PRICE: N_("price"),
    Field.NOTE: N_("note"),
    Field.REASON: N_("reason"),
    Field.SESSION_NOTE: N_("note"),
    Field.LINK_LABEL: N_("link's name"),
    Field.LINK_ADDRESS: N_("link"),
    Field.REVIEW: N_("review"),
    Field.REPLY: N_("reply"),
    Field.GOAL_TEXT: N_("goal"),
    Field.GOAL_PROGRESS: N_("progress"),
    Field.THANKS: N_("thanks"),
    Field.THRESHOLD_ROLES: N_("roles for mentors"),
    Field.LEAST_SESSIONS: N_("number of sessions"),
    Field.LEAST_STARS: N_("rating"),
    Field.LEAST_HOURS: N_("number of hours"),
    Field.TIP: N_("tip"),
    Field.MENTOR: N_("mentor"),
    Field.MEMBER: N_("member"),
    Field.MEETING_LINK: N_("meeting link"),
    Field.CALENDAR_LABEL: N_("calendar's name"),
    Field.CALENDAR_USERNAME: N_("user name"),
    Field.CALENDAR_PASSWORD: N_("password"),
    Field.ADJUSTMENT_REASON: N_("reason"),
}

_OF_ANY_FIELD: Mapping[Problem, _Template] = {
    Problem.TOO_LONG: nN_(
        "The {label} can have up to {count} character.",
        "The {label} can have up to {count} characters.",
    ),
    Problem.NOT_SUGGESTED: N_(
        "The {label} must be one of the suggestions that appear as you type."
    ),
    # Settings.
    Problem.NOT_A_WHOLE_NUMBER: _setting_not_a_whole_number,
    Problem.NOT_A_DURATION: _setting_not_a_duration,
    Problem.OUT_OF_RANGE: _setting_out_of_range,
    Problem.TOO_MANY: N_("The {label} can't be more than {most}."),
    Problem.NOT_AN_OPTION: _setting_not_an_option,
    Problem.UNKNOWN_ID: N_("The {label} can't be that. Choose it from the list."),
}

_AMOUNT_IS_ZERO = N_("The amount is 0. Choose 1 or more.")
_AMOUNT_IS_NEGATIVE = N_("The amount is below zero. Choose 1 or more.")
_AMOUNT_IS_TOO_LARGE = N_("The amount can be up to {most}.")

_SENTENCES: Mapping[tuple[Field, Problem], _Template] = {
    # Sessions.
    (Field.SESSION, Problem.NOT_SUGGESTED): N_(
        "The session must be one of the suggestions that appear as you type. If there are none, "
        "you have no session for this command."
    ),
    (Field.MEMBER_LANGUAGE, Problem.NOT_AN_OPTION): N_(
        "I don't know that language. Choose one of the list."
    ),
    (Field.EVERY_WEEKS, Problem.NOT_AN_OPTION): N_("A series repeats every week or every 2 weeks."),
    (Field.SERIES_COUNT, Problem.OUT_OF_RANGE): nN_(
        "A series has {least} to {count} session.",
        "A series has {least} to {count} sessions.",
    ),
    (Field.SERIES_DATES, Problem.OUT_OF_RANGE): N_(
        "The dates are numbered from {least} to {most}."
    ),
    (Field.SERIES_DATES, Problem.WRONG_COUNT): nN_(
        "A series has {least} to {count} session. Move a date that was left out, or book one "
        "session instead.",
        "A series has {least} to {count} sessions. Move a date that was left out, or book one "
        "session instead.",
    ),
    (Field.SERIES_DATES, Problem.TOO_LARGE): N_(
        "Date {given} is moved too far. Keep it nearer to its own date than to the next one."
    ),
    (Field.NEW_START, Problem.UNCHANGED): N_(
        "The session is already at that time. Choose another."
    ),
    (Field.WEBHOOK_DESCRIPTION, Problem.TOO_LONG): nN_(
        "The description can have up to {count} character.",
        "The description can have up to {count} characters.",
    ),
    (Field.WEBHOOK_SECRET, Problem.UNREADABLE): N_(
        "A secret is whsec_ followed by 24 to 64 random bytes in base64."
    ),
    (Field.HELP_TEXT, Problem.WRONG_LENGTH): nN_(
        "Say in up to {count} character what you'd like help with.",
        "Say in up to {count} characters what you'd like help with.",
    ),
    (Field.LENGTH, Problem.NOT_A_WHOLE_NUMBER): N_(
        "The length is a whole number of minutes, such as 45."
    ),
    (Field.LENGTH, Problem.OUT_OF_RANGE): nN_(
        "A session can take {least} to {count} minute.",
        "A session can take {least} to {count} minutes.",
    ),
    (Field.PRICE, Problem.OUT_OF_RANGE): N_("The price must be between {least} and {most}."),
    (Field.PRICE, Problem.NOT_A_WHOLE_NUMBER): N_("The price must be a whole number, such as 60."),
    (Field.RATING, Problem.OUT_OF_RANGE): nN_(
        "The rating must be {least} to {count} star.",
        "The rating must be {least} to {count} stars.",
    ),
    (Field.REPLY, Problem.MISSING): N_("The reply is empty. Write a few words."),
    # Notes, next steps and links.
    (Field.SESSION_NOTE, Problem.TOO_LONG): nN_(
        "A note can have up to {count} character, and yours has {given}.",
        "A note can have up to {count} characters, and yours has {given}.",
    ),
    (Field.STEP_TEXT, Problem.MISSING): N_(
        "Say what the next step is, such as `Write a first draft`."
    ),
    (Field.STEP_TEXT, Problem.TOO_LONG): nN_(
        "A next step can have up to {count} character, and yours has {given}.",
        "A next step can have up to {count} characters, and yours has {given}.",
    ),
    (Field.STEP_DATE, Problem.PAST): _past_date,
    (Field.STEP_DATE, Problem.TOO_LATE): N_("A next step can be due up to two years from now."),
    (Field.LINK_ADDRESS, Problem.UNREADABLE): N_(
        "The link must start with `https://` and name a website on the public internet, such as "
        "`https://docs.example.com/plan`. It can't contain a user name, an IP address or special "
        "letters in the host name."
    ),
    # Group sessions.
    (Field.GROUP_TITLE, Problem.WRONG_LENGTH): nN_(
        "The title needs {least} to {count} character.",
        "The title needs {least} to {count} characters.",
    ),
    (Field.GROUP_DESCRIPTION, Problem.TOO_LONG): nN_(
        "The description can have up to {count} character.",
        "The description can have up to {count} characters.",
    ),
    (Field.GROUP_START, Problem.MISSING): _no_start,
    (Field.GROUP_LENGTH, Problem.NOT_A_WHOLE_NUMBER): N_(
        "The length is a number of minutes: `60`."
    ),
    (Field.SEAT_PRICE, Problem.NOT_A_WHOLE_NUMBER): N_(
        "The price must be a whole number of points, such as `20`, or empty if it's free."
    ),
    (Field.MINIMUM_SEATS, Problem.NOT_A_WHOLE_NUMBER): N_(
        "The minimum must be a whole number of seats, such as `3`, or empty for none."
    ),
    (Field.REPEAT, Problem.NOT_A_WHOLE_NUMBER): N_(
        "How often it repeats must be a whole number, such as `5`, or empty for no end."
    ),
    (Field.GROUP_START, Problem.PAST): N_("The start is in the past. Choose a later time."),
    (Field.GROUP_START, Problem.UNCHANGED): N_(
        "The session is already at that time. Choose another."
    ),
    (Field.GROUP_LENGTH, Problem.OUT_OF_RANGE): nN_(
        "A group session can last {least} to {count} minute.",
        "A group session can last {least} to {count} minutes.",
    ),
    (Field.CAPACITY, Problem.OUT_OF_RANGE): nN_(
        "Offer {least} to {count} seat, or 0 for as many as join.",
        "Offer {least} to {count} seats, or 0 for as many as join.",
    ),
    (Field.CAPACITY, Problem.TOO_SMALL): _seats_taken,
    (Field.SEAT_PRICE, Problem.OUT_OF_RANGE): nN_(
        "A seat can cost {least} to {count} point here.",
        "A seat can cost {least} to {count} points here.",
    ),
    (Field.MINIMUM_SEATS, Problem.OUT_OF_RANGE): N_(
        "The minimum number of seats can be {least} to {most}."
    ),
    (Field.MINIMUM_DEADLINE, Problem.PAST): N_(
        "The deadline for the minimum is in the past. Choose a later time."
    ),
    (Field.MINIMUM_DEADLINE, Problem.TOO_LATE): N_(
        "The deadline for the minimum can't be after the start."
    ),
    (Field.JOIN_ROLE_IDS, Problem.TOO_MANY): nN_(
        "Choose up to {count} role that may join.",
        "Choose up to {count} roles that may join.",
    ),
    (Field.REPEAT, Problem.OUT_OF_RANGE): nN_(
        "A session can repeat every week or every 2 weeks, up to {count} time.",
        "A session can repeat every week or every 2 weeks, up to {count} times.",
    ),
    # Mentors.
    (Field.EXPERTISE, Problem.WRONG_LENGTH): nN_(
        "Each expertise can have up to {count} character. Separate them with commas.",
        "Each expertise can have up to {count} characters. Separate them with commas.",
    ),
    (Field.EXPERTISE, Problem.WITHOUT_WORDS): N_(
        "Each expertise needs at least one letter or digit."
    ),
    (Field.EXPERTISE, Problem.WRONG_COUNT): nN_(
        "List {least} to {count} area of expertise, separated by commas, such as `python, git, "
        "careers`. You have {given}.",
        "List {least} to {count} areas of expertise, separated by commas, such as `python, git, "
        "careers`. You have {given}.",
    ),
    (Field.HOURLY_RATE, Problem.NOT_A_WHOLE_NUMBER): N_(
        "The hourly rate must be a whole number of points, such as `50`."
    ),
    (Field.HOURLY_RATE, Problem.OUT_OF_RANGE): N_(
        "The hourly rate must be between {least} and {most} here."
    ),
    (Field.BIO, Problem.WRONG_LENGTH): nN_(
        "The bio needs {least} to {count} character, and yours has {given}.",
        "The bio needs {least} to {count} characters, and yours has {given}.",
    ),
    (Field.JITSI_SERVER, Problem.UNREADABLE): N_(
        "The Jitsi server must be an address such as `https://meet.example.org`, without `?` or "
        "`#`."
    ),
    (Field.MEETING_LINK, Problem.UNREADABLE): N_(
        "The meeting link must start with `https://` and name a website, such as "
        "`https://meet.example.com/your-room`. It can't contain a user name, an IP address or "
        "special letters in the host name."
    ),
    (Field.PAUSED_UNTIL, Problem.PAST): N_(
        "The end of the pause is in the past. Choose a later time."
    ),
    (Field.QUESTIONS, Problem.TOO_MANY): nN_(
        "You can ask up to {count} question. Remove one before you add another.",
        "You can ask up to {count} questions. Remove one before you add another.",
    ),
    (Field.QUESTIONS, Problem.OVERLAPPING): N_("The same question is listed twice."),
    (Field.QUESTION, Problem.WRONG_LENGTH): nN_(
        "A question needs 1 to {count} character.",
        "A question needs 1 to {count} characters.",
    ),
    (Field.ANSWER, Problem.TOO_LONG): _answer_too_long,
    (Field.ANSWER, Problem.OVERLAPPING): N_("The same question is answered twice."),
    # Goals.
    (Field.GOAL_TEXT, Problem.MISSING): N_("Say what the goal is, such as `Pass the AWS exam`."),
    (Field.GOAL_DATE, Problem.PAST): N_(
        "The goal's date has passed. Choose today or a later date."
    ),
    (Field.GOAL_DATE, Problem.TOO_LATE): N_("The goal's date can be at most 10 years ahead."),
    # Calendars.
    (Field.CALENDAR_LABEL, Problem.MISSING): N_("Give the calendar a name, such as `Work`."),
    (Field.CALENDAR_ADDRESS, Problem.UNREADABLE): N_(
        "The address must start with `https://` or `webcal://` and be on the public internet. Copy "
        "it from your calendar's settings."
    ),
    (Field.CALENDAR_USERNAME, Problem.MISSING): N_(
        "Enter your user name for the calendar's server."
    ),
    (Field.CALENDAR_PASSWORD, Problem.MISSING): N_(
        "Enter your password for the calendar's server. Many need an app password."
    ),
    (Field.CALENDAR_RECEIVES_SESSIONS, Problem.NOT_AN_OPTION): N_(
        "Sessions can only be written into a calendar that you've connected over CalDAV."
    ),
    # Availability.
    (Field.DURATIONS, Problem.OUT_OF_RANGE): nN_(
        "Offer at least one length, from {least} to {count} minute.",
        "Offer at least one length, from {least} to {count} minutes.",
    ),
    (Field.SLOT_STEP, Problem.OUT_OF_RANGE): N_(
        "The number of minutes between two starts must be between {least} and {most}."
    ),
    (Field.BUFFER_BEFORE, Problem.OUT_OF_RANGE): nN_(
        "The buffer before a session must be between {least} and {count} minute.",
        "The buffer before a session must be between {least} and {count} minutes.",
    ),
    (Field.BUFFER_AFTER, Problem.OUT_OF_RANGE): nN_(
        "The buffer after a session must be between {least} and {count} minute.",
        "The buffer after a session must be between {least} and {count} minutes.",
    ),
    (Field.MINIMUM_NOTICE, Problem.OUT_OF_RANGE): N_(
        "The number of minutes between a booking and its session must be between {least} and "
        "{most}."
    ),
    (Field.HORIZON_DAYS, Problem.OUT_OF_RANGE): N_(
        "The number of days ahead that can be booked must be between {least} and {most}."
    ),
    (Field.MOST_PER_DAY, Problem.OUT_OF_RANGE): N_(
        "The number of sessions a day must be between {least} and {most}."
    ),
    (Field.MOST_PER_WEEK, Problem.OUT_OF_RANGE): N_(
        "The number of sessions a week must be between {least} and {most}."
    ),
    (Field.BOOKING_LIMIT, Problem.NOT_A_WHOLE_NUMBER): N_(
        "Each field takes a whole number, such as `15`."
    ),
    (Field.DAY_HOURS, Problem.TOO_MANY): nN_(
        "A day can have up to {count} time range, and this one has {given}. Combine some of them.",
        "A day can have up to {count} time ranges, and this one has {given}. Combine some of them.",
    ),
    (Field.DATE_OVERRIDES, Problem.TOO_MANY): nN_(
        "You can set days off and special hours for up to {count} date, and this would be "
        "{given}. Remove some dates first, or change your weekly hours instead.",
        "You can set days off and special hours for up to {count} dates, and this would be "
        "{given}. Remove some dates first, or change your weekly hours instead.",
    ),
    (Field.DATE, Problem.PAST): _past_date,
    (Field.LAST_DATE, Problem.TOO_EARLY): N_("The last day must not come before the first."),
    (Field.LAST_DATE, Problem.TOO_LATE): N_("The last day can be at most a year after the first."),
    (Field.TRAVEL, Problem.TOO_EARLY): N_("The last day must not come before the first."),
    (Field.TRAVEL, Problem.TOO_LATE): N_(
        "A trip can last up to two years, and end up to two years from now."
    ),
    (Field.TRAVEL, Problem.PAST): _past_date,
    (Field.TRAVEL, Problem.OVERLAPPING): _overlapping_trip,
    (Field.TRAVEL, Problem.TOO_MANY): nN_(
        "You can have up to {count} trip, and this would be {given}. Remove one first.",
        "You can have up to {count} trips, and this would be {given}. Remove one first.",
    ),
    (Field.WINDOW, Problem.OUT_OF_RANGE): nN_(
        "The window must end after it begins, and within {count} day.",
        "The window must end after it begins, and within {count} days.",
    ),
    # Search.
    (Field.SEARCH_EXPERTISE, Problem.TOO_LONG): nN_(
        "The expertise can have up to {count} character.",
        "The expertise can have up to {count} characters.",
    ),
    (Field.SEARCH_TEXT, Problem.TOO_LONG): nN_(
        "The words can have up to {count} character.",
        "The words can have up to {count} characters.",
    ),
    (Field.SEARCH_TEXT, Problem.WITHOUT_WORDS): N_("The words need at least one letter or digit."),
    (Field.MINIMUM_RATING, Problem.OUT_OF_RANGE): nN_(
        "The rating must be {least} to {count} star.",
        "The rating must be {least} to {count} stars.",
    ),
    (Field.MAXIMUM_RATE, Problem.OUT_OF_RANGE): N_(
        "The highest rate must be a whole number of points, {least} or more."
    ),
    (Field.PAGE_SIZE, Problem.OUT_OF_RANGE): nN_(
        "A page can have {least} to {count} mentor.",
        "A page can have {least} to {count} mentors.",
    ),
    (Field.CURSOR, Problem.UNREADABLE): N_(
        "The cursor doesn't belong to this search. Leave it out to start again."
    ),
    # Points.
    (Field.GIFT_AMOUNT, Problem.ZERO): _AMOUNT_IS_ZERO,
    (Field.GRANT_AMOUNT, Problem.ZERO): _AMOUNT_IS_ZERO,
    (Field.DEDUCTION_AMOUNT, Problem.ZERO): _AMOUNT_IS_ZERO,
    (Field.GIFT_AMOUNT, Problem.NEGATIVE): _AMOUNT_IS_NEGATIVE,
    (Field.GRANT_AMOUNT, Problem.NEGATIVE): N_(
        "The amount is below zero. Choose 1 or more. To take points away, use `/moderation deduct`."
    ),
    (Field.DEDUCTION_AMOUNT, Problem.NEGATIVE): N_(
        "The amount is below zero. Choose 1 or more. To add points, use `/moderation grant`."
    ),
    (Field.GIFT_AMOUNT, Problem.TOO_LARGE): _AMOUNT_IS_TOO_LARGE,
    (Field.GRANT_AMOUNT, Problem.TOO_LARGE): _AMOUNT_IS_TOO_LARGE,
    (Field.THRESHOLD_ROLES, Problem.TOO_MANY): nN_(
        "A server can have {count} role for mentors. Remove one first.",
        "A server can have {count} roles for mentors. Remove one first.",
    ),
    (Field.LEAST_SESSIONS, Problem.OUT_OF_RANGE): N_(
        "The number of sessions must be a whole number from {least} to {most}."
    ),
    (Field.LEAST_HOURS, Problem.OUT_OF_RANGE): N_(
        "The number of hours must be a whole number from {least} to {most}."
    ),
    (Field.LEAST_STARS, Problem.OUT_OF_RANGE): N_(
        "The rating must be 1 to 5 stars, with one decimal place at most, such as 4.5."
    ),
    (Field.TIP, Problem.NEGATIVE): N_("The tip is below zero. Leave it empty to send no points."),
    (Field.TIP, Problem.TOO_LARGE): N_("The tip can be up to {most}."),
    (Field.TIP, Problem.NOT_A_WHOLE_NUMBER): N_("The tip must be a whole number, such as 20."),
    (Field.DEDUCTION_AMOUNT, Problem.TOO_LARGE): _AMOUNT_IS_TOO_LARGE,
    (Field.ADJUSTMENT_REASON, Problem.MISSING): N_("Give a reason. The member will read it."),
    # Members.
    (Field.RANK, Problem.OUT_OF_RANGE): N_(
        "The rank must be a whole number from {least} to {most}."
    ),
    (Field.MUTED, Problem.NOT_AN_OPTION): N_(
        "Only the listed kinds of notifications can be turned off."
    ),
    (Field.MEMBER_REMINDERS, Problem.TOO_MANY): nN_(
        "You can have up to {count} reminder.",
        "You can have up to {count} reminders.",
    ),
    (Field.MEMBER_REMINDERS, Problem.OUT_OF_RANGE): N_(
        "A reminder can be 1 minute to 14 days before the start."
    ),
    (Field.QUIET_HOURS, Problem.UNREADABLE): _unreadable_quiet_hours,
    (Field.QUIET_HOURS, Problem.OUT_OF_RANGE): _empty_quiet_hours,
    # Moderation.
    (Field.DECISION_REASON, Problem.MISSING): N_("Give a reason. The applicant will read it."),
    (Field.SUSPENSION_REASON, Problem.MISSING): N_("Give a reason. The mentor will read it."),
    (Field.HIDING_REASON, Problem.MISSING): N_(
        "Give a reason. The author of the review will read it."
    ),
    # Settings of a guild.
    (Field.APPLY_ROLE_IDS, Problem.MISSING): N_(
        "Choose at least one role that may apply, or let everyone apply."
    ),
    (Field.CURRENCY_NAME, Problem.UNREADABLE): _setting_not_a_name,
    (Field.CURRENCY_EMOJI, Problem.UNREADABLE): N_(
        "The {label} must be one emoji, such as 🪙 or ⭐."
    ),
    (Field.MEETING_PARENT_ID, Problem.NOT_A_TEXT_CHANNEL): _wrong_text_channel,
    (Field.MEETING_PARENT_ID, Problem.NOT_A_CATEGORY): _wrong_category,
}
