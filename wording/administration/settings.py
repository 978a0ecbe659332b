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
    Name,
    Reference,
    References,
    Server,
    WholeNumber,
)
from wording.durations import counted, duration
from wording.reader import Reader

_DAY = 1_440

MOST_LISTED = 3
"""Roles that a value names; of further ones it gives the number."""


def label(name: str, reader: Reader) -> str:
    """Return the name of a setting, fit for "the …"."""
    return _LABELS[Field(name)]


def hint(name: str, reader: Reader) -> str:
    """Return what may be typed or chosen."""
    setting = SETTINGS[name]
    match setting:
        case Reference():
            return _REFERENCE_HINTS.get(setting.field, "one, or none")
        case References():
            return f"up to {setting.most}"
        case Choice():
            return ", ".join(options(name, reader).values())
        case WholeNumber():
            numbers = f"{setting.least:,} to {value(name, setting.most, reader)}"
            return f"{numbers}; 0 for never" if name in _NEVER_AT_ZERO else numbers
        case Duration():
            shortest, longest = (duration(each, reader) for each in (setting.least, setting.most))
            example = duration(min(_DAY, setting.most // 2), reader)
            return f"{shortest} to {longest}, such as {example}"
        case Durations():
            return f"up to {setting.most}, such as 24 hours, 1 hour, 10 minutes; empty for none"
        case Name():
            return f"1 to {setting.longest} letters, digits or spaces"
        case Server():
            return "such as https://meet.example.org; empty for the usual one"
        case Emoji():
            return "one emoji, such as 🪙"
    raise TypeError(f"a setting without a hint: {name}")


def options(name: str, reader: Reader) -> Mapping[Any, str]:
    """Return the values of a choice, each with its name."""
    return _OPTIONS[Field(name)]


def value(name: str, value: Any, reader: Reader) -> str:
    """Write a value of a setting, in Discord's markup; what is typed can be read back."""
    setting = SETTINGS[name]
    match setting:
        case Reference():
            return "none" if value is None else _mention(setting.field, value)
        case References():
            listed = ", ".join(_mention(setting.field, each) for each in value[:MOST_LISTED])
            more = len(value) - MOST_LISTED
            return f"{listed} and {more} more" if more > 0 else listed or "none"
        case Choice():
            return options(name, reader)[value]
        case WholeNumber():
            return (
                f"{value:,}{setting.unit}"
                if setting.unit in ("", "%")
                else counted(value, setting.unit, reader)
            )
        case Duration():
            return duration(value, reader)
        case Server():
            return "none" if value is None else str(value)
        case Durations():
            return ", ".join(duration(each, reader) for each in value) or "none"
        case _:
            return str(value)


def change(name: str, before: Any, after: Any, reader: Reader) -> str:
    """Write a change of a setting, as the audit log shows it: `fee: 0% → 5%`."""
    if name == Field.THRESHOLD_ROLES:
        old, new = (_thresholds(each, reader) for each in (before, after))
        return f"{_THRESHOLD_ROLES}: {old} → {new}"
    old, new = (value(name, each, reader) for each in (before, after))
    return f"{label(name, reader)}: {old} → {new}"


def thresholds(sessions: int, stars: int | None, hours: int | None, reader: Reader) -> str:
    """Write what a role takes: `10 sessions, 4.5 stars, 20 hours`. `stars` are tenths."""
    parts = [counted(sessions, "session", reader)]
    if stars is not None:
        parts.append(f"{stars / 10:g} stars")
    if hours is not None:
        parts.append(counted(hours, "hour", reader))
    return ", ".join(parts)


def _thresholds(numbers: Any, reader: Reader) -> str:
    """Write a role with its thresholds: the numbers of the event, empty for none."""
    if not numbers:
        return "none"
    role_id, sessions, stars, hours = numbers
    return f"<@&{role_id}> ({thresholds(sessions, stars, hours, reader)})"


def _mention(field: Field, discord_id: int) -> str:
    return f"<@&{discord_id}>" if "role" in field else f"<#{discord_id}>"


_THRESHOLD_ROLES = "role for mentors"

_LABELS: Mapping[Field, str] = {
    Field.MODERATOR_ROLE_ID: "moderator role",
    Field.MENTOR_ROLE_ID: "mentor role",
    Field.REVIEW_CHANNEL_ID: "review channel",
    Field.NOTICES_CHANNEL_ID: "notices channel",
    Field.LOG_CHANNEL_ID: "log channel",
    Field.WHO_MAY_APPLY: "people who may apply",
    Field.APPLY_ROLE_IDS: "roles that may apply",
    Field.APPLY_MINIMUM_RANK: "minimum rank",
    Field.REAPPLY_AFTER_DAYS: "wait after a rejection",
    Field.APPROVE_PROFILE_CHANGES: "approval of profile changes",
    Field.MAXIMUM_HOURLY_RATE: "highest hourly rate",
    Field.CURRENCY_NAME: "name of the points",
    Field.CURRENCY_EMOJI: "emoji of the points",
    Field.STARTING_BALANCE: "starting balance",
    Field.FEE_PERCENT: "fee",
    Field.CONFIRM_WITHIN: "time to confirm",
    Field.FREE_CANCELLATION_UNTIL: "end of free cancellation",
    Field.LATE_REFUND_PERCENT: "refund for cancelling late",
    Field.COMPLETE_AFTER: "time to report attendance",
    Field.REMINDERS: "reminders",
    Field.MEETING_PLACE: "meeting place",
    Field.MEETING_PARENT_ID: "place of meeting rooms",
    Field.JITSI_SERVER: "Jitsi server",
    Field.CANCELLATION_GRACE: "free cancellation after confirmation",
    Field.DISPUTE_DAYS: "days until an open dispute is split",
    Field.GRANT_CEILING: "largest grant by one moderator",
    Field.LIMIT_PENDING_PER_MENTOR: "limit of pending requests to one mentor",
    Field.LIMIT_PENDING: "limit of pending requests",
    Field.LIMIT_UPCOMING: "limit of upcoming sessions",
    Field.LIMIT_PROPOSALS: "limit of reschedule requests per session",
    Field.LIMIT_EARLY_CANCELLATIONS: "limit of withdrawn requests per day",
    Field.LIMIT_GIFTS_TO_STRANGERS: "limit of gifts per day to people new to the bot",
    Field.LIMIT_DATA_REQUESTS: "limit of data exports, and of erasures, per hour",
    Field.SESSIONS_CHANNEL_ID: "channel for group sessions",
    Field.REQUESTS_CHANNEL_ID: "channel for requests for help",
    Field.SHOW_ATTENDEES: "people who see attendees' names",
    Field.LEADERBOARD: "leaderboard",
    Field.LIMIT_GROUP_SESSIONS: "limit of a mentor's upcoming group sessions",
    Field.LIMIT_INVITATIONS: "limit of a mentor's open invitations",
    Field.LIMIT_INVITATIONS_PER_MEMBER: "limit of open invitations to one member",
    Field.LIMIT_HELP_REQUESTS: "limit of open requests for help",
    Field.LIMIT_SLOT_ALERTS: "limit of slot alerts",
    Field.GOAL_QUESTION_DAYS: "time between questions about goals",
}

_NEVER_AT_ZERO = frozenset({Field.GOAL_QUESTION_DAYS})

_REFERENCE_HINTS: Mapping[Field, str] = {
    Field.SESSIONS_CHANNEL_ID: "optional; without one, each mentor chooses where",
    Field.REQUESTS_CHANNEL_ID: "optional; mentors get a direct message, too",
    Field.MEETING_PARENT_ID: "a text channel for threads, a category for voice channels; or none",
}

_OPTIONS: Mapping[Field, Mapping[Any, str]] = {
    Field.WHO_MAY_APPLY: {
        "everyone": "everyone",
        "roles": "members with certain roles",
        "rank": "members with a certain rank or higher",
    },
    Field.APPROVE_PROFILE_CHANGES: {
        True: "moderators approve them first",
        False: "published immediately",
    },
    Field.SHOW_ATTENDEES: {
        True: "everyone",
        False: "the mentor and moderators",
    },
    Field.LEADERBOARD: {
        True: "shown to everyone",
        False: "off",
    },
    Field.MEETING_PLACE: {
        "link": "the mentor's own link",
        "thread": "a private thread",
        "voice": "a private voice channel",
        "jitsi": "a Jitsi room",
        "zoom": "a Zoom meeting",
        "daily": "a Daily room",
    },
}
