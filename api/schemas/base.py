"""Base models and field types of all schemas.

Fields are in camel case. Instants are RFC 3339, in UTC with `Z` in responses. Ids are strings,
since Discord's are too large for JavaScript's numbers. A wall-clock time is `HH:MM` and needs a
date and a time zone to become an instant.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import cache
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

from mentorship.actors import MAX_ID
from mentorship.errors import UnknownTimezone
from mentorship.mentors.profile_rules import MAX_LINK_LENGTH
from mentorship.time import timezones
from wording import catalogues
from wording.translation import pgettext

_ID = re.compile(r"[1-9][0-9]{0,18}")

_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})"
)
_LOST_PLUS = re.compile(
    r"(\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) (\d{2}:\d{2})"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MIN_INSTANT, _MAX_INSTANT = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class RequestModel(BaseModel):
    """Base of request bodies and queries. Values of the wrong type and unknown fields are invalid.

    Strict, so that a client's mistake is an error and never converted into something else.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, regex_engine="python-re"
    )


class ResponseModel(BaseModel):
    """Base of response bodies. `from_domain` creates one from the result of a use case."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        frozen=True,
    )


def all_models(base: type[BaseModel]) -> list[type[BaseModel]]:
    """Return the models that inherit from `base`, directly or not."""
    return [each for model in base.__subclasses__() for each in (model, *all_models(model))]


def with_examples(*examples: Any) -> ConfigDict:
    """Return the configuration of a model with these examples in the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


def documented_limits(**limits: int) -> Any:
    """Return a field whose JSON schema has these limits instead of those that are checked first.

    For limits that a use case checks itself, with an error that says more.
    """
    return Field(json_schema_extra=dict(limits))


def rfc3339(instant: datetime) -> str:
    """Format an instant in UTC with `Z`, with a fraction of a second only if it has one."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def optional_rfc3339(instant: datetime | None) -> str | None:
    """Format an instant as `rfc3339` does; None stays None."""
    return None if instant is None else rfc3339(instant)


def optional_id(number: int | None) -> str | None:
    """Format an id; None stays None."""
    return None if number is None else str(number)


def _parse_query_instant(value: Any) -> datetime:
    """Read an instant in a query, where a `+` that isn't encoded arrives as a space."""
    if isinstance(value, str) and (match := _LOST_PLUS.fullmatch(value)):
        value = "+".join(match.groups())
    return _parse_instant(value)


def _parse_instant(value: Any) -> datetime:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            instant = datetime.fromisoformat(value.upper())
            if _MIN_INSTANT < instant < _MAX_INSTANT:
                return instant.astimezone(UTC)
        except ValueError:
            pass
    raise PydanticCustomError(
        "instant",
        pgettext(
            "a field of a request",
            "must be an instant with its offset, such as 2026-03-02T18:00:00Z, before the year "
            "2200",
        ),
    )


def _parse_date(value: Any) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
            if _MIN_INSTANT.date() < day < _MAX_INSTANT.date():
                return day
        except ValueError:
            pass
    raise PydanticCustomError(
        "date",
        pgettext("a field of a request", "must be a date such as 2026-03-02, before the year 2200"),
    )


def _storable_text(value: str) -> str:
    """Refuse text that the databases can't store: NUL, and what can't be encoded in UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError(
            "text", pgettext("a field of a request", "can't contain half of a surrogate pair")
        ) from None
    if "\0" in value:
        raise PydanticCustomError(
            "text", pgettext("a field of a request", "can't contain the character U+0000")
        )
    return value


def _canonical_timezone(value: str) -> str:
    try:
        return timezones.canonical(value)
    except UnknownTimezone as error:
        nearest = " or ".join(error.nearest or ("Europe/London",))
        raise PydanticCustomError(
            "timezone",
            pgettext("a field of a request", "must be an IANA time zone, such as {nearest}"),
            {"nearest": nearest},
        ) from None


def parse_id(value: Any) -> int:
    """Return an id as a number. Raises `PydanticCustomError` unless it is text of digits."""
    if isinstance(value, str) and _ID.fullmatch(value) and int(value) <= MAX_ID:
        return int(value)
    raise PydanticCustomError(
        "id",
        pgettext(
            "a field of a request", "must be an id: a string of digits, as the API returned it"
        ),
    )


def minutes_after_midnight(clock_time: str) -> int:
    """Convert a wall-clock time (`HH:MM`) to minutes after midnight."""
    return int(clock_time[:2]) * 60 + int(clock_time[3:])


@cache
def format_clock(minutes: int) -> str:
    """Format minutes after midnight as a wall-clock time; 1440 is `24:00`."""
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

Instant = Annotated[datetime, BeforeValidator(_parse_instant), WithJsonSchema(_INSTANT_SCHEMA)]
QueryInstant = Annotated[
    datetime, BeforeValidator(_parse_query_instant), WithJsonSchema(_INSTANT_SCHEMA)
]
"""An instant as a query parameter."""

Date = Annotated[date, BeforeValidator(_parse_date), WithJsonSchema(_DATE_SCHEMA)]
Id = Annotated[int, BeforeValidator(parse_id), WithJsonSchema(ID_SCHEMA)]
Text = Annotated[str, AfterValidator(_storable_text)]

# A pattern has to come before the validator: after it, pydantic leaves it out of the JSON schema.
ClockTime = Annotated[
    str,
    Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["18:00"], max_length=5),
    AfterValidator(_storable_text),
]
"""A wall-clock time in a request."""

EndClockTime = Annotated[
    str,
    Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["19:00"], max_length=5),
    AfterValidator(_storable_text),
]
"""A wall-clock time in a request, or `24:00`."""

TermsText = Annotated[str, Field(pattern="^[0-9a-f]{8}$", max_length=8)]
"""The short text that stands for terms which a member has seen."""


def _known_language(tag: str) -> str:
    if tag not in catalogues.tags():
        known = ", ".join(catalogues.tags())
        raise PydanticCustomError("language", "must be one of {known}", {"known": known})
    return tag


LanguageTag = Annotated[
    str,
    Field(max_length=20),
    AfterValidator(_known_language),
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": 20,
            "description": "A BCP 47 tag of a language that there are texts in.",
            "examples": ["en", "pt-BR"],
        }
    ),
]

Timezone = Annotated[
    str,
    Field(max_length=64),
    AfterValidator(_storable_text),
    AfterValidator(_canonical_timezone),
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": 64,
            "description": "An IANA time zone. Aliases such as `US/Eastern` are accepted.",
            "examples": ["Europe/London"],
        }
    ),
]

MeetingLink = Annotated[
    Text,
    Field(
        max_length=MAX_LINK_LENGTH,
        description="Where the mentor meets: an `https` address without a user name, on a host "
        "with plain letters. Only participants of confirmed sessions see it. Null or empty: none.",
        examples=["https://meet.example.com/maya"],
    ),
]
InstantText = Annotated[str, WithJsonSchema(_INSTANT_SCHEMA)]
"""An instant in a response, formatted by `rfc3339`."""

DateText = Annotated[str, WithJsonSchema(_DATE_SCHEMA)]
IdText = Annotated[str, WithJsonSchema(ID_SCHEMA)]

NextCursor = Annotated[
    str | None, Field(description="The `cursor` of the next page; null on the last one.")
]
PreviousCursor = Annotated[
    str | None, Field(description="The `cursor` of the previous page; null on the first one.")
]
