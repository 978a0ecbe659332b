"""The settings of a guild: their names, their limits, and how typed values are parsed. Pure.

Forms parse and use cases validate by the table `SETTINGS`. `wording.administration.settings` has
the settings in words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mentorship import meeting_places, web_addresses
from mentorship.actors import MAX_ID
from mentorship.errors import Field, InvalidField, Problem
from mentorship.time.natural_time import languages
from mentorship.time.natural_time.durations import parse_minutes
from mentorship.time.natural_time.normalization import normalize
from mentorship.typed_numbers import parse_whole_number

HOUR, DAY = 60, 1_440
"""In minutes."""

MAX_SETTING_POINTS = 1_000_000
MAX_LIMIT = 1_000
MAX_REMINDERS = 5
MAX_APPLY_ROLES = 10
MAX_SERVER_LENGTH = 200
"""Characters of a server's address. A room's name or token is added to it for a Join button."""

_SERVER_EMOJI = re.compile(r"<a?:\w{2,32}:\d{15,20}>")
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_KEYCAP = "\u20e3"


class Setting(Protocol):
    """The rule of one setting."""

    @property
    def field(self) -> Field:
        """The setting's name."""

    def validate(self, value: Any) -> Any:
        """Return the value, normalized. Raises `InvalidField`."""

    def parse(self, text: str, locale: str | None = None) -> Any:
        """Parse a value that was typed in a locale's language. Raises `InvalidField`.

        The value isn't validated.
        """


@dataclass(frozen=True, slots=True)
class Reference:
    """The id of a role or a channel, or None."""

    field: Field

    def validate(self, value: Any) -> int | None:
        return None if value is None else _id(self.field, value)

    def parse(self, text: str, locale: str | None = None) -> int | None:
        return int(text) if text.strip().isdecimal() else None


@dataclass(frozen=True, slots=True)
class References:
    """The ids of roles, each once, at most `most` of them."""

    field: Field
    most: int

    def validate(self, value: Any) -> list[int]:
        ids = list(dict.fromkeys(_id(self.field, each) for each in value))
        if len(ids) > self.most:
            raise InvalidField(self.field, Problem.TOO_MANY, most=self.most)
        return ids

    def parse(self, text: str, locale: str | None = None) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", text)]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values, as they are stored."""

    field: Field
    options: tuple[Any, ...]

    def validate(self, value: Any) -> Any:
        if not isinstance(value, str | bool) or value not in self.options:
            raise InvalidField(self.field, Problem.NOT_AN_OPTION)
        return value

    def parse(self, text: str, locale: str | None = None) -> str:
        return text


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number from `least` to `most`; `unit` is what it counts, as in "%" or "day"."""

    field: Field
    least: int
    most: int
    unit: str = ""

    @property
    def _signs(self) -> str:
        return "%٪％" if self.unit == "%" else ""

    def validate(self, value: Any) -> int:
        if type(value) is not int:
            raise InvalidField(self.field, Problem.NOT_A_WHOLE_NUMBER)
        if not self.least <= value <= self.most:
            raise InvalidField(self.field, Problem.OUT_OF_RANGE, least=self.least, most=self.most)
        return value

    def parse(self, text: str, locale: str | None = None) -> int:
        number = parse_whole_number(text.strip().strip(self._signs).strip(), locale)
        if number is None and self.unit == "day":
            minutes = parse_minutes(text, locale)
            number = minutes // DAY if minutes is not None and not minutes % DAY else None
        if number is None:
            raise InvalidField(self.field, Problem.NOT_A_WHOLE_NUMBER)
        return number


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in minutes, from `least` to `most`."""

    field: Field
    least: int
    most: int

    def validate(self, value: Any) -> int:
        if type(value) is not int or not self.least <= value <= self.most:
            raise InvalidField(self.field, Problem.OUT_OF_RANGE, least=self.least, most=self.most)
        return value

    def parse(self, text: str, locale: str | None = None) -> int:
        return parse_duration(self.field, text, locale)


@dataclass(frozen=True, slots=True)
class Durations:
    """Up to `most` durations in minutes, longest first, each from `shortest` to `longest`."""

    field: Field
    shortest: int
    longest: int
    most: int

    def validate(self, value: Any) -> list[int]:
        one = Duration(self.field, self.shortest, self.longest)
        durations = sorted({one.validate(each) for each in value}, reverse=True)
        if len(durations) > self.most:
            raise InvalidField(self.field, Problem.TOO_MANY, most=self.most)
        return durations

    def parse(self, text: str, locale: str | None = None) -> list[int]:
        if says_none(text, locale):
            return []
        # In other languages, `2 jours et 1 heure` is one length of time, as the bot writes it.
        joint = r"|\band\b" if languages.find_or_english(locale).code == "en" else ""
        parts = re.split(rf"[,;،؛、；，\n]{joint}", text)
        return [parse_duration(self.field, part, locale) for part in parts if part.strip()]


@dataclass(frozen=True, slots=True)
class Name:
    """A name that fits into any sentence: letters, digits, spaces, apostrophes and hyphens."""

    field: Field
    longest: int

    def validate(self, value: Any) -> str:
        name = " ".join(unicodedata.normalize("NFC", str(value)).split())
        # Category M keeps the vowel signs of scripts such as Devanagari.
        plain = all(each in " '’-" or unicodedata.category(each)[0] in "LNM" for each in name)
        if not (1 <= len(name) <= self.longest and plain and any(map(str.isalnum, name))):
            raise InvalidField(self.field, Problem.UNREADABLE)
        return name

    def parse(self, text: str, locale: str | None = None) -> str:
        return text


@dataclass(frozen=True, slots=True)
class Server:
    """The address of a server: `https`, a host and perhaps a path. None for the usual one."""

    field: Field

    def validate(self, value: Any) -> str | None:
        if value is None or not str(value).strip():
            return None
        text = str(value).strip().rstrip("/")
        if len(text) > MAX_SERVER_LENGTH:
            raise InvalidField(self.field, Problem.TOO_LONG, most=MAX_SERVER_LENGTH)
        if not web_addresses.is_link(text) or set("?#") & set(text):
            raise InvalidField(self.field, Problem.UNREADABLE)
        return text

    def parse(self, text: str, locale: str | None = None) -> str:
        return "" if says_none(text, locale) else text


@dataclass(frozen=True, slots=True)
class Emoji:
    """One emoji or currency sign, or a server's own emoji as `<:name:id>`."""

    field: Field

    def validate(self, value: Any) -> str:
        text = str(value).strip()
        if _SERVER_EMOJI.fullmatch(text):
            return text
        kinds = [unicodedata.category(each) for each in text]
        symbols = sum(kind in ("So", "Sc") for kind in kinds)
        joined = all(kind in ("So", "Sc", "Sk", "Sm", "Mn", "Me", "Cf") for kind in kinds)
        keycap = text.endswith(_KEYCAP) and text[:1] in "0123456789#*" and len(text) <= 3
        if not keycap and not (symbols and joined and len(text) <= 12):
            raise InvalidField(self.field, Problem.UNREADABLE)
        return text

    def parse(self, text: str, locale: str | None = None) -> str:
        return text


@dataclass(frozen=True, slots=True)
class LanguageTag:
    """A BCP 47 tag such as `pt-BR`, or None. Which languages there are is no rule of the domain."""

    field: Field

    def validate(self, value: Any) -> str | None:
        if value in (None, ""):
            return None
        if not isinstance(value, str) or not _LANGUAGE_TAG.fullmatch(value):
            raise InvalidField(self.field, Problem.NOT_AN_OPTION)
        return value

    def parse(self, text: str, locale: str | None = None) -> str:
        return text


SETTINGS: Mapping[str, Setting] = {
    setting.field.value: setting
    for setting in (
        Reference(Field.MODERATOR_ROLE_ID),
        Reference(Field.MENTOR_ROLE_ID),
        Reference(Field.REVIEW_CHANNEL_ID),
        Reference(Field.NOTICES_CHANNEL_ID),
        Reference(Field.LOG_CHANNEL_ID),
        Choice(Field.WHO_MAY_APPLY, ("everyone", "roles", "rank")),
        References(Field.APPLY_ROLE_IDS, MAX_APPLY_ROLES),
        WholeNumber(Field.APPLY_MINIMUM_RANK, 0, 1_000_000),
        WholeNumber(Field.REAPPLY_AFTER_DAYS, 0, 365, "day"),
        Choice(Field.APPROVE_PROFILE_CHANGES, (True, False)),
        WholeNumber(Field.MAXIMUM_HOURLY_RATE, 0, MAX_SETTING_POINTS),
        Name(Field.CURRENCY_NAME, 20),
        Emoji(Field.CURRENCY_EMOJI),
        WholeNumber(Field.STARTING_BALANCE, 0, MAX_SETTING_POINTS),
        WholeNumber(Field.FEE_PERCENT, 0, 100, "%"),
        Duration(Field.CONFIRM_WITHIN, 15, 7 * DAY),
        Duration(Field.FREE_CANCELLATION_UNTIL, 0, 14 * DAY),
        WholeNumber(Field.LATE_REFUND_PERCENT, 0, 100, "%"),
        Duration(Field.COMPLETE_AFTER, 0, 14 * DAY),
        Durations(Field.REMINDERS, 5, 14 * DAY, MAX_REMINDERS),
        Choice(Field.MEETING_PLACE, ("link", "thread", "voice", *meeting_places.PROVIDERS)),
        Server(Field.JITSI_SERVER),
        Reference(Field.MEETING_PARENT_ID),
        Duration(Field.CANCELLATION_GRACE, 0, DAY),
        WholeNumber(Field.DISPUTE_DAYS, 3, 90, "day"),
        WholeNumber(Field.GRANT_CEILING, 0, MAX_SETTING_POINTS),
        WholeNumber(Field.LIMIT_PENDING_PER_MENTOR, 1, MAX_LIMIT),
        WholeNumber(Field.LIMIT_PENDING, 1, MAX_LIMIT),
        WholeNumber(Field.LIMIT_UPCOMING, 1, MAX_LIMIT),
        WholeNumber(Field.LIMIT_PROPOSALS, 1, MAX_LIMIT),
        WholeNumber(Field.LIMIT_EARLY_CANCELLATIONS, 1, MAX_LIMIT),
        WholeNumber(Field.LIMIT_GIFTS_TO_STRANGERS, 1, MAX_LIMIT),
        WholeNumber(Field.LIMIT_DATA_REQUESTS, 1, MAX_LIMIT),
        Reference(Field.SESSIONS_CHANNEL_ID),
        Reference(Field.REQUESTS_CHANNEL_ID),
        Choice(Field.SHOW_ATTENDEES, (True, False)),
        WholeNumber(Field.LIMIT_GROUP_SESSIONS, 1, MAX_LIMIT),
        WholeNumber(Field.LIMIT_INVITATIONS, 1, MAX_LIMIT),
        WholeNumber(Field.LIMIT_INVITATIONS_PER_MEMBER, 1, MAX_LIMIT),
        WholeNumber(Field.LIMIT_HELP_REQUESTS, 1, MAX_LIMIT),
        WholeNumber(Field.LIMIT_SLOT_ALERTS, 1, MAX_LIMIT),
        WholeNumber(Field.GOAL_QUESTION_DAYS, 0, 365, "day"),
        Choice(Field.LEADERBOARD, (True, False)),
        LanguageTag(Field.LANGUAGE),
    )
}
"""Each setting of a guild by its name."""

CHANNEL_SETTINGS = (
    "review_channel_id",
    "notices_channel_id",
    "log_channel_id",
    "meeting_parent_id",
    "sessions_channel_id",
    "requests_channel_id",
)
ROLE_SETTINGS = ("moderator_role_id", "mentor_role_id")


def validate(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes, normalized. Raises `InvalidField` for the first invalid one."""
    return {name: SETTINGS[name].validate(value) for name, value in changes.items()}


def validate_together(who_may_apply: str, apply_role_ids: Collection[int]) -> None:
    """Validate what depends on two settings. Raises `InvalidField`."""
    if who_may_apply == "roles" and not apply_role_ids:
        raise InvalidField(Field.APPLY_ROLE_IDS, Problem.MISSING)


def parse_duration(field: Field, text: str, locale: str | None = None) -> int:
    """Return the minutes of `24 h`, `1 day`, `1 hour 30 min` or `0`. Raises `InvalidField`.

    They are in the words of a locale's language or English.
    """
    typed = " ".join(text.casefold().split())
    minutes = 0 if parse_whole_number(typed) == 0 else parse_minutes(text, locale)
    if minutes is None:
        raise InvalidField(field, Problem.NOT_A_DURATION, typed=typed)
    return minutes


def says_none(text: str, locale: str | None) -> bool:
    """Return whether a typed text is empty or says that there is none, in its language."""
    words = f"{languages.find_or_english(locale).weekly.off}|none|off|no"
    return normalize(text) in ("", *map(normalize, words.split("|")))


def _id(field: Field, value: Any) -> int:
    if type(value) is not int or not 0 < value <= MAX_ID:
        raise InvalidField(field, Problem.UNKNOWN_ID)
    return value
