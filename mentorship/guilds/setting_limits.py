"""What a guild can set: each setting's name, its limits, and how it is read and written. Pure.

`SETTINGS` is the one table: a form reads by it, a use case checks by it, the audit log tells by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mentorship.actors import LARGEST_ID
from mentorship.errors import InvalidField

HOUR, DAY = 60, 1_440
"""In minutes."""

MOST_POINTS = 1_000_000
MOST_REMINDERS = 5
MOST_APPLY_ROLES = 10

_UNITS = {"m": 1, "min": 1, "minute": 1, "h": HOUR, "hr": HOUR, "hour": HOUR, "d": DAY, "day": DAY}
_PART = re.compile(r"(\d{1,6})\s*(minute|min|m|hour|hr|h|day|d)s?(?![a-z])[\s,]*(?:and\s+)?")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,16}|[0-9]{1,3}([,_ ][0-9]{3}){1,4}")
_SERVER_EMOJI = re.compile(r"<a?:\w{2,32}:\d{15,20}>")
_KEYCAP = "\u20e3"


class Setting(Protocol):
    """One setting. `label` is its name in a sentence, `hint` what may be typed."""

    @property
    def label(self) -> str: ...

    @property
    def hint(self) -> str: ...

    def check(self, value: Any) -> Any:
        """The value, tidied. Raises `InvalidField`."""

    def read(self, text: str) -> Any:
        """The value that somebody typed, not yet checked. Raises `InvalidField`."""

    def words(self, value: Any) -> str:
        """The value as people read it, in Discord's own markup."""


@dataclass(frozen=True, slots=True)
class One:
    """A role or a channel, or none; `markup` shows it in Discord."""

    label: str
    markup: str
    hint: str = "one, or none"

    def check(self, value: Any) -> int | None:
        return None if value is None else _id(self.label, value)

    def read(self, text: str) -> int | None:
        return int(text) if text.strip().isdecimal() else None

    def words(self, value: int | None) -> str:
        return "none" if value is None else self.markup.format(value)


@dataclass(frozen=True, slots=True)
class Several:
    """Roles, each once, at most so many."""

    label: str
    markup: str
    most: int

    @property
    def hint(self) -> str:
        return f"up to {self.most}"

    def check(self, value: Any) -> list[int]:
        found = list(dict.fromkeys(_id(self.label, each) for each in value))
        if len(found) > self.most:
            raise InvalidField(f"the {self.label}", f"can be {self.most} at most.")
        return found

    def read(self, text: str) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", text)]

    def words(self, value: Sequence[int]) -> str:
        named = ", ".join(self.markup.format(each) for each in value[:3])
        return f"{named} and {len(value) - 3} more" if len(value) > 3 else named or "none"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few, by their names in the data."""

    label: str
    options: Mapping[Any, str]

    @property
    def hint(self) -> str:
        return ", ".join(self.options.values())

    def check(self, value: Any) -> Any:
        if not isinstance(value, str | bool) or value not in self.options:
            raise InvalidField(f"the {self.label}", f"must be one of these: {self.hint}.")
        return value

    def read(self, text: str) -> str:
        return text

    def words(self, value: Any) -> str:
        return self.options[value]


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`; `unit` is what it counts, as in "%" or "day"."""

    label: str
    least: int
    most: int
    unit: str = ""

    @property
    def hint(self) -> str:
        return f"{self.least:,} to {self.words(self.most)}"

    def check(self, value: Any) -> int:
        if type(value) is not int:
            raise InvalidField(f"the {self.label}", "must be a whole number, such as `50`.")
        if not self.least <= value <= self.most:
            raise InvalidField(
                f"the {self.label}",
                f"must be between {self.least:,} and {self.words(self.most)}.",
            )
        return value

    def read(self, text: str) -> int:
        digits = text.strip()
        if self.unit:
            digits = digits.removesuffix("s").removesuffix(self.unit).strip()
        # A comma before other than three digits is somebody's decimal point.
        if not (digits.isascii() and _WHOLE_NUMBER.fullmatch(digits)):
            raise InvalidField(f"the {self.label}", "must be a whole number, such as `50`.")
        return int(re.sub(r"[,_ ]", "", digits))

    def words(self, value: int) -> str:
        if self.unit.isalpha():
            return _counted(value, self.unit)
        return f"{value:,}{self.unit}"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in minutes."""

    label: str
    least: int
    most: int

    @property
    def hint(self) -> str:
        return f"{span_words(self.least)} to {span_words(self.most)}, such as 24 hours"

    def check(self, value: Any) -> int:
        if type(value) is not int or not self.least <= value <= self.most:
            raise InvalidField(
                f"the {self.label}",
                f"must be between {span_words(self.least)} and {span_words(self.most)}.",
            )
        return value

    def read(self, text: str) -> int:
        return read_span(self.label, text)

    def words(self, value: int) -> str:
        return span_words(value)


@dataclass(frozen=True, slots=True)
class Spans:
    """Some lengths of time in minutes, the longest first; none at all is allowed."""

    label: str
    least: int
    most: int
    most_of_them: int

    @property
    def hint(self) -> str:
        return f"up to {self.most_of_them}, such as 24 hours, 1 hour, 10 minutes; empty for none"

    def check(self, value: Any) -> list[int]:
        one = Span(self.label, self.least, self.most)
        found = sorted({one.check(each) for each in value}, reverse=True)
        if len(found) > self.most_of_them:
            raise InvalidField(f"the {self.label}", f"can be {self.most_of_them} at most.")
        return found

    def read(self, text: str) -> list[int]:
        if text.strip().casefold() in ("", "none", "off", "no"):
            return []
        parts = re.split(r"[,;\n]|\band\b", text)
        return [read_span("reminder", part) for part in parts if part.strip()]

    def words(self, value: Sequence[int]) -> str:
        return ", ".join(map(span_words, value)) or "none"


@dataclass(frozen=True, slots=True)
class Name:
    """A few words that can stand in any sentence: letters, digits, spaces and inner marks."""

    label: str
    longest: int

    @property
    def hint(self) -> str:
        return f"1 to {self.longest} letters, digits or spaces"

    def check(self, value: Any) -> str:
        name = " ".join(unicodedata.normalize("NFC", str(value)).split())
        # Letters of scripts that write vowels as marks keep them.
        plain = all(each in " '’-" or unicodedata.category(each)[0] in "LNM" for each in name)
        if not (1 <= len(name) <= self.longest and plain and any(map(str.isalnum, name))):
            raise InvalidField(f"the {self.label}", f"takes {self.hint}, such as `points`.")
        return name

    def read(self, text: str) -> str:
        return text

    def words(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Emoji:
    """One emoji or currency sign, or an emoji of a server as `<:name:id>`."""

    label: str
    hint: str = "one emoji, such as 🪙"

    def check(self, value: Any) -> str:
        text = str(value).strip()
        if _SERVER_EMOJI.fullmatch(text):
            return text
        kinds = [unicodedata.category(each) for each in text]
        symbols = sum(kind in ("So", "Sc") for kind in kinds)
        joined = all(kind in ("So", "Sc", "Sk", "Sm", "Mn", "Me", "Cf") for kind in kinds)
        keycap = text.endswith(_KEYCAP) and text[:1] in "0123456789#*" and len(text) <= 3
        if not keycap and not (symbols and joined and len(text) <= 12):
            raise InvalidField(f"the {self.label}", "must be one emoji, such as 🪙 or ⭐.")
        return text

    def read(self, text: str) -> str:
        return text

    def words(self, value: str) -> str:
        return value


_ROLE, _CHANNEL = "<@&{}>", "<#{}>"

SETTINGS: Mapping[str, Setting] = {
    "moderator_role_id": One("moderator role", _ROLE),
    "mentor_role_id": One("mentor role", _ROLE),
    "review_channel_id": One("review channel", _CHANNEL),
    "notices_channel_id": One("notices channel", _CHANNEL),
    "log_channel_id": One("log channel", _CHANNEL),
    "who_may_apply": Choice(
        "people who may apply",
        {
            "everyone": "everyone",
            "roles": "members with certain roles",
            "rank": "members from a certain rank on",
        },
    ),
    "apply_role_ids": Several("roles that may apply", _ROLE, MOST_APPLY_ROLES),
    "apply_minimum_rank": Whole("minimum rank", 0, 1_000_000),
    "reapply_after_days": Whole("wait after a rejection", 0, 365, "day"),
    "approve_profile_changes": Choice(
        "approval of profile changes",
        {True: "moderators look at it first", False: "it shows at once"},
    ),
    "maximum_hourly_rate": Whole("highest hourly rate", 0, MOST_POINTS),
    "currency_name": Name("name of the points", 20),
    "currency_emoji": Emoji("emoji of the points"),
    "starting_balance": Whole("starting balance", 0, MOST_POINTS),
    "fee_percent": Whole("fee", 0, 100, "%"),
    "confirm_within": Span("time to confirm", 15, 7 * DAY),
    "free_cancellation_until": Span("free cancellation", 0, 14 * DAY),
    "late_refund_percent": Whole("refund after that", 0, 100, "%"),
    "complete_after": Span("time to say how it went", 0, 14 * DAY),
    "reminders": Spans("reminders", 5, 14 * DAY, MOST_REMINDERS),
    "meeting_place": Choice(
        "meeting place",
        {
            "link": "the mentor's own link",
            "thread": "a private thread",
            "voice": "a voice channel for the two",
        },
    ),
    "meeting_parent_id": One(
        "place of threads or rooms",
        _CHANNEL,
        "a text channel for threads, a category for voice channels; or none",
    ),
}

PLACES = ("review_channel_id", "notices_channel_id", "log_channel_id", "meeting_parent_id")
ROLES = ("moderator_role_id", "mentor_role_id")


def check(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes, each tidied. Raises `InvalidField` for the first that is outside its limits."""
    return {name: SETTINGS[name].check(value) for name, value in changes.items()}


def check_together(who_may_apply: str, apply_role_ids: Collection[int]) -> None:
    """What no setting can say alone. Raises `InvalidField`."""
    if who_may_apply == "roles" and not apply_role_ids:
        raise InvalidField(
            "the roles that may apply", "are missing: choose at least one, or let everyone apply."
        )


def change_words(name: str, before: Any, after: Any) -> str:
    """A change as the audit log tells it: `fee: 0% → 5%`."""
    setting = SETTINGS[name]
    return f"{setting.label}: {setting.words(before)} → {setting.words(after)}"


def read_span(label: str, text: str) -> int:
    """Minutes from `24 h`, `1 day`, `1 hour 30 min` or `0`. Raises `InvalidField`."""
    typed = " ".join(text.casefold().split())
    if typed == "0":
        return 0
    minutes = at = 0
    while found := _PART.match(typed, at):
        minutes += int(found[1]) * _UNITS[found[2]]
        at = found.end()
    if at < len(typed) or not typed:
        inert = f"`{typed.replace('`', '')[:40]}`" if typed.strip("` ") else "empty"
        raise InvalidField(
            f"the {label}",
            f"can't be {inert}: give a number and its unit, such as `24 hours`, `90 min` or "
            "`2 days`.",
        )
    return minutes


def span_words(minutes: int) -> str:
    """`24 hours`, `1 hour 30 minutes`, `2 days`; `read_span` reads it back."""
    if minutes >= 2 * DAY and minutes % DAY == 0:
        return _counted(minutes // DAY, "day")
    hours, rest = divmod(minutes, HOUR)
    parts = [_counted(hours, "hour")] if hours else []
    if rest or not hours:
        parts.append(_counted(rest, "minute"))
    return " ".join(parts)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _id(label: str, value: Any) -> int:
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise InvalidField(f"the {label}", "can't be that. Choose it from the list.")
    return value
