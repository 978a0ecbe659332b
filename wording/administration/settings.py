"""The settings of a guild in words: their names, what may be typed, and their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mentorship.errors import Field
from mentorship.guilds.setting_limits import (
    SETTINGS,
    Choice,
    Duration,
    Durations,
    Emoji,
    LanguageTag,
    Name,
    Reference,
    References,
    Server,
    WholeNumber,
)
from wording import languages
from wording.cldr import format_decimal, format_number, format_percent
from wording.durations import duration
from wording.lists import enumerated
from wording.reader import Reader
from wording.translation import N_, _, ngettext, pgettext

_DAY = 1_440

MOST_LISTED = 3
"""Roles that a value names; of further ones it gives the number."""


def label(name: str, reader: Reader) -> str:
    """Return the name of a setting, fit for "the …"."""
    return _(_LABELS[Field(name)])


def hint(name: str, reader: Reader) -> str:
    """Return what may be typed or chosen, beside the field in a form."""
    setting = SETTINGS[name]
    match setting:
        case Reference():
            return _(_REFERENCE_HINTS.get(setting.field, N_("One, or none")))
        case References():
            # Translators: how many roles can be chosen.
            return ngettext("Up to {count}", "Up to {count}", setting.most)
        case Choice():
            return enumerated(options(name, reader).values(), reader)
        case WholeNumber():
            least = format_number(setting.least, reader.formats)
            most = value(name, setting.most, reader)
            if name in _NEVER_AT_ZERO:
                # Translators: which numbers can be typed: "0 to 365 days; 0 for never".
                return _("{least} to {most}; 0 for never", least=least, most=most)
            # Translators: which numbers can be typed: "0 to 50%", "0 to 365 days".
            return _("{least} to {most}", least=least, most=most)
        case Duration():
            # Translators: all are lengths of time: "1 hour to 7 days, such as 24 hours".
            return _(
                "{shortest} to {longest}, such as {example}",
                shortest=duration(setting.least, reader),
                longest=duration(setting.most, reader),
                example=duration(min(_DAY, setting.most // 2), reader),
            )
        case Durations():
            example = enumerated((duration(each, reader) for each in (_DAY, 60, 10)), reader)
            # Translators: {example} are lengths of time: "24 hours, 1 hour, 10 minutes".
            return ngettext(
                "Up to {count}, such as {example}; empty for none",
                "Up to {count}, such as {example}; empty for none",
                setting.most,
                example=example,
            )
        case Name():
            return ngettext(
                "1 to {count} letter, digit or space",
                "1 to {count} letters, digits or spaces",
                setting.longest,
            )
        case Server():
            return _(
                "Such as {address}; empty for the usual one", address="https://meet.example.org"
            )
        case LanguageTag():
            return _("One of the languages in the list")
        case Emoji():
            return _("One emoji, such as 🪙")
    raise TypeError(f"a setting without a hint: {name}")


def options(name: str, reader: Reader) -> Mapping[Any, str]:
    """Return the values of a choice, each with its name, in running text."""
    return {value: _(text) for value, text in _OPTIONS[Field(name)].items()}


def option_labels(name: str, reader: Reader) -> Mapping[Any, str]:
    """Return the values of a choice, each with its name as an option of a menu."""
    return {value: _(text) for value, text in _OPTION_LABELS[Field(name)].items()}


def value(name: str, value: Any, reader: Reader) -> str:
    """Write a value of a setting, in Discord's markup; what is typed can be read back."""
    setting = SETTINGS[name]
    match setting:
        case Reference():
            return _none() if value is None else _mention(setting.field, value)
        case References():
            listed = enumerated(
                (_mention(setting.field, each) for each in value[:MOST_LISTED]), reader
            )
            more = len(value) - MOST_LISTED
            if more > 0:
                # Translators: {roles} are some roles: "@a, @b, @c and 2 more".
                return ngettext(
                    "{roles} and {count} more", "{roles} and {count} more", more, roles=listed
                )
            return listed or _none()
        case Choice():
            return options(name, reader)[value]
        case WholeNumber():
            return _whole_number(value, setting.unit, reader)
        case Duration():
            return duration(value, reader)
        case LanguageTag():
            return _("As in Discord") if value is None else languages.name(value)
        case Server():
            return _none() if value is None else str(value)
        case Durations():
            return enumerated((duration(each, reader) for each in value), reader) or _none()
        case _:
            return str(value)


def _whole_number(value: int, unit: str, reader: Reader) -> str:
    match unit:
        case "%":
            return format_percent(value / 100, reader.formats)
        case "day":
            return ngettext("{count} day", "{count} days", value)
        case "":
            return format_number(value, reader.formats)
    raise TypeError(f"a unit without words: {unit}")


def _none() -> str:
    return pgettext("the value of a setting", "none")


def change(name: str, before: Any, after: Any, reader: Reader) -> str:
    """Write a change of a setting, as the audit log shows it: `fee: 0% → 5%`."""
    if name == Field.THRESHOLD_ROLES:
        setting = _("role for mentors")
        old, new = (_thresholds(each, reader) for each in (before, after))
    else:
        setting = label(name, reader)
        old, new = (value(name, each, reader) for each in (before, after))
    # Translators: a line of the log: how a setting was changed, "fee: 0% → 5%".
    return _("{setting}: {before} → {after}", setting=setting, before=old, after=new)


def thresholds(sessions: int, stars: int | None, hours: int | None, reader: Reader) -> str:
    """Write what a role takes: `10 sessions, 4.5 stars, 20 hours`. `stars` are tenths."""
    parts = [ngettext("{count} session", "{count} sessions", sessions)]
    if stars is not None and stars % 10:
        number = format_decimal(stars / 10, 1, reader.formats)
        # Translators: {number} isn't a whole number: "4.5 stars".
        parts.append(_("{number} stars", number=number))
    elif stars is not None:
        parts.append(ngettext("{count} star", "{count} stars", stars // 10))
    if hours is not None:
        parts.append(ngettext("{count} hour", "{count} hours", hours))
    return enumerated(parts, reader)


def _thresholds(numbers: Any, reader: Reader) -> str:
    """Write a role with its thresholds: the numbers of the event, empty for none."""
    if not numbers:
        return _none()
    role_id, sessions, stars, hours = numbers
    return f"<@&{role_id}> ({thresholds(sessions, stars, hours, reader)})"


def _mention(field: Field, discord_id: int) -> str:
    return f"<@&{discord_id}>" if "role" in field else f"<#{discord_id}>"


_LABELS: Mapping[Field, str] = {
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.MODERATOR_ROLE_ID: N_("moderator role"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.MENTOR_ROLE_ID: N_("mentor role"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.REVIEW_CHANNEL_ID: N_("review channel"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.NOTICES_CHANNEL_ID: N_("notices channel"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LOG_CHANNEL_ID: N_("log channel"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.WHO_MAY_APPLY: N_("people who may apply"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.APPLY_ROLE_IDS: N_("roles that may apply"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.APPLY_MINIMUM_RANK: N_("minimum rank"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.REAPPLY_AFTER_DAYS: N_("wait after a rejection"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.APPROVE_PROFILE_CHANGES: N_("approval of profile changes"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.MAXIMUM_HOURLY_RATE: N_("highest hourly rate"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.CURRENCY_NAME: N_("name of the points"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.CURRENCY_EMOJI: N_("emoji of the points"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.STARTING_BALANCE: N_("starting balance"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.FEE_PERCENT: N_("fee"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.CONFIRM_WITHIN: N_("time to confirm"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.FREE_CANCELLATION_UNTIL: N_("end of free cancellation"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LATE_REFUND_PERCENT: N_("refund for cancelling late"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.COMPLETE_AFTER: N_("time to report attendance"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.REMINDERS: N_("reminders"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.MEETING_PLACE: N_("meeting place"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.MEETING_PARENT_ID: N_("place of meeting rooms"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.JITSI_SERVER: N_("Jitsi server"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.CANCELLATION_GRACE: N_("free cancellation after confirmation"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.DISPUTE_DAYS: N_("days until an open dispute is split"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.GRANT_CEILING: N_("largest grant by one moderator"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_PENDING_PER_MENTOR: N_("limit of pending requests to one mentor"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_PENDING: N_("limit of pending requests"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_UPCOMING: N_("limit of upcoming sessions"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_PROPOSALS: N_("limit of reschedule requests per session"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_EARLY_CANCELLATIONS: N_("limit of withdrawn requests per day"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_GIFTS_TO_STRANGERS: N_("limit of gifts per day to people new to the bot"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_DATA_REQUESTS: N_("limit of data exports, and of erasures, per hour"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.SESSIONS_CHANNEL_ID: N_("channel for group sessions"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.REQUESTS_CHANNEL_ID: N_("channel for requests for help"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.SHOW_ATTENDEES: N_("people who see attendees' names"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LEADERBOARD: N_("leaderboard"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LANGUAGE: N_("language of messages that everyone sees"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_GROUP_SESSIONS: N_("limit of a mentor's upcoming group sessions"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_INVITATIONS: N_("limit of a mentor's open invitations"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_INVITATIONS_PER_MEMBER: N_("limit of open invitations to one member"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_HELP_REQUESTS: N_("limit of open requests for help"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.LIMIT_SLOT_ALERTS: N_("limit of slot alerts"),
    # Translators: a setting, named in texts such as "The … must be between 0 and 100."
    Field.GOAL_QUESTION_DAYS: N_("time between questions about goals"),
}

_NEVER_AT_ZERO = frozenset({Field.GOAL_QUESTION_DAYS})

_REFERENCE_HINTS: Mapping[Field, str] = {
    Field.SESSIONS_CHANNEL_ID: N_("Optional; without one, each mentor chooses where"),
    Field.REQUESTS_CHANNEL_ID: N_("Optional; mentors get a direct message, too"),
    Field.MEETING_PARENT_ID: N_(
        "A text channel for threads, a category for voice channels; or none"
    ),
}

_OPTIONS: Mapping[Field, Mapping[Any, str]] = {
    Field.WHO_MAY_APPLY: {
        "everyone": N_("everyone"),
        "roles": N_("members with certain roles"),
        "rank": N_("members with a certain rank or higher"),
    },
    Field.APPROVE_PROFILE_CHANGES: {
        True: N_("moderators approve them first"),
        False: N_("published immediately"),
    },
    Field.SHOW_ATTENDEES: {
        True: N_("everyone"),
        False: N_("the mentor and moderators"),
    },
    Field.LEADERBOARD: {
        True: N_("shown to everyone"),
        False: N_("turned off"),
    },
    Field.MEETING_PLACE: {
        "link": N_("the mentor's own link"),
        "thread": N_("a private thread"),
        "voice": N_("a private voice channel"),
        "jitsi": N_("a Jitsi room"),
        "zoom": N_("a Zoom meeting"),
        "daily": N_("a Daily room"),
    },
}

_OPTION_LABELS: Mapping[Field, Mapping[Any, str]] = {
    Field.WHO_MAY_APPLY: {
        "everyone": N_("Everyone"),
        "roles": N_("Members with certain roles"),
        "rank": N_("Members with a certain rank or higher"),
    },
    Field.APPROVE_PROFILE_CHANGES: {
        True: N_("Moderators approve them first"),
        False: N_("Published immediately"),
    },
    Field.SHOW_ATTENDEES: {
        True: N_("Everyone"),
        False: N_("The mentor and moderators"),
    },
    Field.LEADERBOARD: {
        True: N_("Shown to everyone"),
        False: N_("Turned off"),
    },
    Field.MEETING_PLACE: {
        "link": N_("The mentor's own link"),
        "thread": N_("A private thread"),
        "voice": N_("A private voice channel"),
        "jitsi": N_("A Jitsi room"),
        "zoom": N_("A Zoom meeting"),
        "daily": N_("A Daily room"),
    },
}
