"""What all shapes share: how they are spelled, and the kinds of values in them.

Instants are RFC 3339 in UTC with `Z`. Ids are strings, since Discord's don't fit into the numbers
of JavaScript. A wall-clock time is `HH:MM` and means nothing without a date and a time zone.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from mentorship.actors import LARGEST_ID
from mentorship.errors import UnknownTimezone
from mentorship.time import timezones

_DIGITS = re.compile(r"[1-9][0-9]{0,18}")

_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Asked(BaseModel):
    """What a caller sends: nothing is guessed, and nothing unknown is passed over."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, regex_engine="python-re"
    )


class Told(BaseModel):
    """What a caller is told."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        frozen=True,
    )


def shown_as(*examples: Any) -> ConfigDict:
    """The configuration of a shape that has these examples in the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


def rfc3339(instant: datetime) -> str:
    """An instant in UTC with `Z`, with a fraction of a second only if it has one."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _instant(value: Any) -> datetime:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            found = datetime.fromisoformat(value.upper())
            if _EARLIEST < found < _LATEST:
                return found.astimezone(UTC)
        except ValueError:
            pass
    raise PydanticCustomError(
        "instant",
        "must be an instant with its offset, such as 2026-03-02T18:00:00Z, before the year 2200",
    )


def _date(value: Any) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            found = date.fromisoformat(value)
            if _EARLIEST.date() < found < _LATEST.date():
                return found
        except ValueError:
            pass
    raise PydanticCustomError("date", "must be a date such as 2026-03-02, before the year 2200")


def _readable(value: str) -> str:
    """Text that every database holds: no NUL, and nothing that UTF-8 can't say."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text", "can't hold half of a surrogate pair") from None
    if "\0" in value:
        raise PydanticCustomError("text", "can't hold the character U+0000")
    return value


def _known_zone(value: str) -> str:
    try:
        return timezones.canonical(value)
    except UnknownTimezone as error:
        nearest = f" Did you mean {' or '.join(error.nearest)}?" if error.nearest else ""
        raise PydanticCustomError(
            "timezone",
            "is no IANA time zone, such as Europe/London.{nearest}",
            {"nearest": nearest},
        ) from None


def id_of(value: Any) -> int:
    """The id that a text of digits is. Raises `PydanticCustomError` for anything else."""
    if isinstance(value, str) and _DIGITS.fullmatch(value) and int(value) <= LARGEST_ID:
        return int(value)
    raise PydanticCustomError("id", "must be an id: a text of digits, as it was given out")


def minutes_of(clock: str) -> int:
    """Minutes after midnight of a wall-clock time."""
    return int(clock[:2]) * 60 + int(clock[3:])


def clock_of(minutes: int) -> str:
    """A wall-clock time, from minutes after midnight; 1440 is `24:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


_INSTANT_SCHEMA = {
    "type": "string",
    "format": "date-time",
    "examples": ["2026-03-02T18:00:00Z"],
}
_DATE_SCHEMA = {"type": "string", "format": "date", "examples": ["2026-03-02"]}
ID_SCHEMA: dict[str, Any] = {
    "type": "string",
    "pattern": "^[1-9][0-9]{0,18}$",
    "examples": ["226871203982016513"],
}

Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema(_INSTANT_SCHEMA)]
Date = Annotated[date, BeforeValidator(_date), WithJsonSchema(_DATE_SCHEMA)]
Id = Annotated[int, BeforeValidator(id_of), WithJsonSchema(ID_SCHEMA)]
Text = Annotated[str, AfterValidator(_readable)]

InstantText = Annotated[str, WithJsonSchema(_INSTANT_SCHEMA)]
"""An instant as it is told, made by `rfc3339`."""

DateText = Annotated[str, WithJsonSchema(_DATE_SCHEMA)]
IdText = Annotated[str, WithJsonSchema(ID_SCHEMA)]

Zone = Annotated[
    str,
    Field(max_length=64),
    AfterValidator(_readable),
    AfterValidator(_known_zone),
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": 64,
            "description": "An IANA time zone; old aliases are taken too.",
            "examples": ["Europe/London"],
        }
    ),
]
