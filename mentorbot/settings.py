"""The operator's settings: a TOML file, and environment variables, which take precedence.

`MENTORBOT_LOG__LEVEL` sets `level` in `[log]`, and so on; secrets are best set that way. Defaults
are defined here, and `config.example.toml` lists all of them with a comment each.

All problems are reported in one `SettingsError`, one line each: where the value comes from, its key
and value, and what is allowed. A value that may be a secret is never repeated.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableVariable
from sqlalchemy import make_url

from api.options import ALGORITHMS, ModeratorSource
from mentorbot import database_urls
from mentorship import web_addresses
from mentorship.actors import MAX_ID
from mentorship.errors import InvalidField
from mentorship.event_types import EventType
from mentorship.guilds.setting_limits import SETTINGS
from mentorship.mentors.profile_rules import MAX_LINK_LENGTH
from mentorship.web_addresses import UnusableAddress
from mentorship.webhooks import secrets as webhook_secrets
from storage import encryption
from wording.integrations.web_addresses import address_problem

ENV_PREFIX = "MENTORBOT_"
"""Prefix of the names of all environment variables."""

CONFIG_VARIABLE = ENV_PREFIX + "CONFIG"
"""Variable with the path of the configuration file."""

ENV_FILE_VARIABLE = ENV_PREFIX + "ENV_FILE"
"""Variable with the path of a file with more variables (`mentorbot.environment_file`)."""

DEFAULT_FILE = Path("config.toml")

SHUTDOWN_GRACE_S = 8.0
"""Seconds that running work has to finish during shutdown. Container engines kill after ten. A
notification that is cut off is sent after the next start; a transaction is rolled back."""


class SettingsError(Exception):
    """The settings are invalid; `str()` has one line for each problem."""


class LogFormat(StrEnum):
    """Format of the log."""

    HUMAN = "human"
    JSON = "json"


class LogLevel(StrEnum):
    """Level of the log for the program's own packages."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def parse_database_url(text: SecretStr) -> SecretStr:
    """Return the SQLAlchemy URL for a file path or a URL. Raises `ValueError`."""
    return SecretStr(database_urls.parse(text.get_secret_value()))


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def _validate_shard_ids(text: str, info: ValidationInfo) -> str:
    ids = text.split()
    if not all(shard.isascii() and shard.isdigit() for shard in ids):
        raise ValueError("should be numbers from 0, separated by spaces")
    if any(int(shard) >= info.data.get("shards", 0) for shard in ids):
        raise ValueError("should be less than shards, the total number of all processes")
    return text


class DiscordSettings(_Section):
    """The bot's account and its shards."""

    token: SecretStr = SecretStr("")
    """The bot's token; may be empty for commands that don't connect to Discord."""
    shards: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Total number of shards; 0 for as many as Discord recommends."""
    shard_ids: Annotated[str, AfterValidator(_validate_shard_ids)] = ""
    """Shards of this process, separated by spaces; empty for all."""


class DatabaseSettings(_Section):
    """Where the data is."""

    url: Annotated[SecretStr, AfterValidator(parse_database_url)] = SecretStr("mentorbot.db")
    """A file path or a URL; after validation always a SQLAlchemy URL. It may contain a password."""


def _validate_algorithms(text: str) -> str:
    names = text.split()
    if not names or not set(names) <= set(ALGORITHMS):
        raise ValueError(
            f"should be {', '.join(ALGORITHMS[:-1])} or {ALGORITHMS[-1]}, "
            "or several of them, separated by spaces"
        )
    return text


def _validate_origins(text: str) -> str:
    for origin in text.split():
        if not re.fullmatch(r"https?://[^/\s*]+", origin):
            raise ValueError(
                "should be origins such as https://app.example, without a path and separated by "
                "spaces"
            )
    return text


class ApiSettings(_Section):
    """The REST API: whether and where it's served, and which tokens it accepts."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """0 for any free port, which is then logged."""
    algorithms: Annotated[str, AfterValidator(_validate_algorithms)] = "HS256"
    """Accepted signature algorithms of tokens, out of `ALGORITHMS`, separated by spaces."""
    secret: SecretStr = SecretStr("")
    """The HS256 secret that the main app signs tokens with."""
    public_key_file: str = ""
    """A PEM file with the public key for one of the other algorithms."""
    jwks_file: str = ""
    """A JWKS file (RFC 7517) with several public keys, which allows rotating them."""
    issuer: str = "main-app"
    audience: str = "mentorbot"
    subject_claim: str = "sub"
    """The claim that contains the Discord user id."""
    default_guild: Annotated[int, Field(ge=0, le=MAX_ID)] = 0
    """The guild of tokens without a `guild_id`; 0 to refuse such tokens."""
    moderators: Annotated[ModeratorSource, BeforeValidator(_lower)] = ModeratorSource.DISCORD
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 300
    """Requests of one member, whether they come from the member or from a service for them."""
    service_requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 6_000
    """Requests of one service (a token with the scope `service`) for all members together."""
    max_connections: Annotated[int, Field(ge=10, le=100_000)] = 1_000
    """Open connections. Above that, the one that has waited longest for a request is closed."""
    cors_origins: Annotated[str, AfterValidator(_validate_origins)] = ""
    """Origins of web pages that may call the API from a browser, separated by spaces."""


class MetricsSettings(_Section):
    """Health and metrics at an address of their own, in processes with and without the API."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9464
    """0 for any free port, which is then logged. 9464 is what OpenTelemetry's exporters use."""


class EgressSettings(_Section):
    """Requests to addresses that people gave, such as webhooks."""

    allow_private: bool = False
    """Whether `http` and private addresses are called too, for development or a main app in the
    same network."""


def _validate_url(text: str) -> str:
    try:
        web_addresses.parse(text, allow_private=True)
    except UnusableAddress:
        raise ValueError("should be an address such as https://app.example/hooks") from None
    return text


def _validate_public_url(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^/\s?#]+", text):
        raise ValueError("should be an address such as https://mentorbot.example, without a path")
    return text


def _validate_webhook_secret(secret: SecretStr) -> SecretStr:
    if not webhook_secrets.is_valid(secret.get_secret_value()):
        raise ValueError("should be whsec_ and 24 to 64 random bytes in base64")
    return secret


def _validate_event_types(text: str) -> str:
    for name in text.split():
        if name not in list(EventType):
            raise ValueError(
                "should be types of events such as session.booked, separated by spaces; "
                f"{name} isn't one"
            )
    return text


def _validate_guilds(text: str) -> str:
    for number in text.split():
        if not (number.isascii() and number.isdecimal() and 0 < int(number) <= MAX_ID):
            raise ValueError("should be ids of servers, separated by spaces")
    return text


class WebhookSettings(_Section):
    """An endpoint of the main app to which events are sent."""

    url: Annotated[str, AfterValidator(_validate_url)] = ""
    secret: Annotated[SecretStr, AfterValidator(_validate_webhook_secret)] = SecretStr("")
    event_types: Annotated[str, AfterValidator(_validate_event_types)] = ""
    """Separated by spaces; empty for all."""
    guilds: Annotated[str, AfterValidator(_validate_guilds)] = ""
    """Ids separated by spaces; empty for all."""


def _validate_server(text: str) -> str:
    if text:
        try:
            SETTINGS["jitsi_server"].validate(text)
        except InvalidField:
            raise ValueError("should be an address such as https://meet.example.org") from None
    return text.rstrip("/")


class JitsiSettings(_Section):
    """Jitsi rooms as places to meet, without an account."""

    server: Annotated[str, AfterValidator(_validate_server)] = "https://meet.jit.si"
    """The server of guilds that have chosen none; empty to offer no Jitsi rooms."""
    app_id: str = ""
    """For a server of one's own that asks for tokens: the application's id, with `secret`."""
    secret: SecretStr = SecretStr("")


class ZoomSettings(_Section):
    """Zoom meetings as places to meet, by a server-to-server OAuth app; empty to offer none."""

    account_id: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    users: str = ""
    """The users who host meetings, by email address or id, separated by spaces. Each hosts one
    meeting at a time."""
    waiting_room: bool = False
    """Whether the host has to let people in."""


class DailySettings(_Section):
    """Daily rooms as places to meet."""

    api_key: SecretStr = SecretStr("")
    """Empty to offer none."""


WebhookName = Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=32)]


def _validate_keys(keys: SecretStr) -> SecretStr:
    if not all(map(encryption.is_key, keys.get_secret_value().split())):
        raise ValueError(
            "should be keys that `mentorbot encryption-key` has printed, separated by spaces"
        )
    return keys


class EncryptionSettings(_Section):
    """Encryption of what people entrust to the bot, such as the addresses of their calendars."""

    keys: Annotated[SecretStr, AfterValidator(_validate_keys)] = SecretStr("")
    """Keys separated by spaces. The first one encrypts; the others still decrypt, until
    `mentorbot rotate-encryption` was run. Without a key, calendars aren't available."""

    @property
    def cipher(self) -> encryption.Cipher:
        """The cipher with these keys."""
        return encryption.Cipher(self.keys.get_secret_value().split())


class CalendarSettings(_Section):
    """Calendars: the feeds in which people's calendar apps read their sessions."""

    public_url: Annotated[str, AfterValidator(_validate_public_url)] = ""
    """The address at which the API is reached from the internet, without a path at the end; empty
    to offer no feeds."""


class LogSettings(_Section):
    """Format and level of the log."""

    format: Annotated[LogFormat, BeforeValidator(_lower)] = LogFormat.HUMAN
    level: Annotated[LogLevel, BeforeValidator(_lower)] = LogLevel.INFO


class JobSettings(_Section):
    """Intervals of the jobs, in seconds."""

    deliver: Annotated[float, Field(ge=0.1, le=3600)] = 5
    advance: Annotated[float, Field(ge=0.1, le=3600)] = 30


class RetentionSettings(_Section):
    """How long events, the audit log and old applications are kept, in days."""

    events: Annotated[int, Field(ge=7, le=3_650)] = 90
    audit_log: Annotated[int, Field(ge=0, le=36_500)] = 0
    """0 to keep the audit log for ever."""
    applications: Annotated[int, Field(ge=0, le=36_500)] = 730
    """For decided applications and profile changes that a later one has replaced; 0 for ever."""


class Settings(BaseSettings):
    """All settings, validated. Created by `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        # Otherwise an error contains the rejected value, which may be a secret.
        hide_input_in_errors=True,
    )

    discord: DiscordSettings = DiscordSettings()
    database: DatabaseSettings = DatabaseSettings()
    api: ApiSettings = ApiSettings()
    metrics: MetricsSettings = MetricsSettings()
    egress: EgressSettings = EgressSettings()
    webhooks: dict[WebhookName, WebhookSettings] = {}
    """By name."""
    encryption: EncryptionSettings = EncryptionSettings()
    calendars: CalendarSettings = CalendarSettings()
    jitsi: JitsiSettings = JitsiSettings()
    zoom: ZoomSettings = ZoomSettings()
    daily: DailySettings = DailySettings()
    log: LogSettings = LogSettings()
    jobs: JobSettings = JobSettings()
    retention: RetentionSettings = RetentionSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # `load_settings` passes the file's values as arguments; the environment comes first.
        return env_settings, init_settings


def load_settings(file: Path | None) -> Settings:
    """Load the settings from `file` and the environment.

    `None` means `config.toml`, if there is one. Raises `SettingsError`.
    """
    if file is None and DEFAULT_FILE.exists():
        file = DEFAULT_FILE
    values = _read(file) if file else {}
    problems = _unknown_variables(os.environ)
    settings = None
    try:
        settings = Settings(**values)
    except ValidationError as error:
        source = str(file or DEFAULT_FILE)
        problems += [_describe_problem(details, source, os.environ) for details in error.errors()]
    except UnreadableVariable:
        # A variable named like a whole section, which `_unknown_variables` has reported.
        pass
    if settings is not None:
        problems += _private_addresses(settings)
        problems += _incomplete_providers(settings)
    if settings is None or problems:
        raise SettingsError("\n".join(problems))
    return settings


def secrets_of(settings: Settings) -> list[str]:
    """List all secrets among the settings, so that they can be masked; some may be empty."""
    password = make_url(settings.database.url.get_secret_value()).password
    return [
        settings.discord.token.get_secret_value(),
        settings.api.secret.get_secret_value(),
        str(password or ""),
        *settings.encryption.keys.get_secret_value().split(),
        *(webhook.secret.get_secret_value() for webhook in settings.webhooks.values()),
        settings.jitsi.secret.get_secret_value(),
        settings.zoom.client_secret.get_secret_value(),
        settings.daily.api_key.get_secret_value(),
    ]


def _private_addresses(settings: Settings) -> list[str]:
    """Return a line for each webhook that would be refused because of its address."""
    lines = []
    for name, webhook in settings.webhooks.items():
        try:
            web_addresses.parse(webhook.url, allow_private=settings.egress.allow_private)
        except UnusableAddress as error:
            rule = address_problem(error.problem)
            lines.append(f"webhooks.{name}.url {rule}, unless egress.allow_private is true.")
    return lines


def _incomplete_providers(settings: Settings) -> list[str]:
    """Return a line for each meeting provider of which some settings are missing."""
    lines = []
    for section, names in (
        ("jitsi", ("app_id", "secret")),
        ("zoom", ("account_id", "client_id", "client_secret", "users")),
    ):
        values = {name: getattr(getattr(settings, section), name) for name in names}
        missing = [
            f"{section}.{name}"
            for name, value in values.items()
            if not (value.get_secret_value() if isinstance(value, SecretStr) else value.strip())
        ]
        if missing and len(missing) < len(names):
            are = "is" if len(missing) == 1 else "are"
            lines.append(f"{' and '.join(missing)} {are} missing; set all of the section, or none.")
    jitsi = settings.jitsi
    if jitsi.secret.get_secret_value() and not jitsi.server:
        lines.append("jitsi.server is missing; jitsi.secret is for that server.")
    elif jitsi.secret.get_secret_value():
        from integrations.meetings.jitsi import Jitsi, JitsiAccount

        account = JitsiAccount(jitsi.server, jitsi.app_id, jitsi.secret.get_secret_value())
        length = Jitsi(account).longest_link()
        if length > MAX_LINK_LENGTH:
            lines.append(
                f"jitsi.server and jitsi.app_id are too long: links to rooms, with their tokens, "
                f"would have {length} characters, and can have {MAX_LINK_LENGTH}."
            )
    return lines


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(
            f"The configuration file {file} can't be read: {error.strerror}."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"The configuration file {file} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        # Only the position is taken from the parser's message: the rest may quote a secret.
        position = re.search(r"\(at (.*)\)", str(error))
        raise SettingsError(
            f"The configuration file {file} is not valid TOML "
            f"(at {position[1] if position else 'an unknown position'}). "
            'Text needs quotes: token = "...".'
        ) from None


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a line for each `MENTORBOT_` variable without a section, which pydantic ignores."""
    known = [
        f"{ENV_PREFIX}{section}__{key}".upper()
        for section in Settings.model_fields
        for key in _fields(section)
    ]
    sections = tuple(f"{ENV_PREFIX}{section}__".upper() for section in Settings.model_fields)
    return [
        f"Environment: {name} is not a setting.{_suggestion(name, known)}"
        for name in sorted(name.upper() for name in environment)
        if name.startswith(ENV_PREFIX)
        and name not in (CONFIG_VARIABLE, ENV_FILE_VARIABLE)
        and not name.startswith(sections)
    ]


def _describe_problem(details: ErrorDetails, file: str, environment: Mapping[str, str]) -> str:
    """Return one line: where the value comes from, what is wrong, and what is allowed."""
    path = [str(part) for part in details["loc"]]
    if path[-1] == "[key]":
        return f"{file}: {'.'.join(path[:-1])} should have a name of a to z, digits and _."
    key = ".".join(path)
    variable = ENV_PREFIX + "__".join(path).upper()
    from_environment = variable in (name.upper() for name in environment)
    source = f"Environment ({variable})" if from_environment else file

    if details["type"] == "extra_forbidden":
        allowed = _fields(path[0]) if len(path) > 1 else Settings.model_fields
        nearest = get_close_matches(path[-1], allowed, n=1)
        # The key may be a misspelt secret, so only show the value if we know what was meant.
        field = allowed[nearest[0]] if nearest else None
        hidden = field is None or len(path) == 1 or _is_secret(field)
        value = "" if hidden else f" = {_format_value(details['input'])}"
        kind = "setting" if len(path) > 1 else "section"
        return (
            f"{source}: {key}{value} is not a {kind}; allowed: {_list_names(allowed)}."
            f"{_suggestion(path[-1], allowed)}"
        )

    field = _field(path)
    if field is None:
        return f"{source}: {key} should be a section: [{key}]."
    value = "" if _is_secret(field) else f" = {_format_value(details['input'])}"
    rule = details["msg"].removeprefix("Value error, ")
    if details["type"] != "value_error":
        rule = _rule(field)
    return f"{source}: {key}{value} {rule}.{_suggestion(str(details['input']), _choices(field))}"


def section_model(name: str) -> type[BaseModel]:
    """Return the model of a section; for `webhooks`, that of each of them."""
    model = WebhookSettings if name == _NAMED else Settings.model_fields[name].annotation
    assert isinstance(model, type)
    assert issubclass(model, BaseModel)
    return model


_NAMED = "webhooks"
"""The section that has any number of sections by name."""


def _fields(section: str) -> Mapping[str, FieldInfo]:
    return section_model(section).model_fields


def _field(path: Sequence[str]) -> FieldInfo | None:
    """Return the setting at `path`, or None if that is a section."""
    depth = 2 if path[0] == _NAMED else 1
    return _fields(path[0]).get(path[depth]) if len(path) > depth else None


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *get_args(field.annotation))


def _choices(field: FieldInfo) -> list[str]:
    kind = field.annotation
    return list(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else []


def _rule(field: FieldInfo) -> str:
    """Return what is allowed, as the rest of a sentence that begins with the key."""
    if choices := [f'"{choice}"' for choice in _choices(field)]:
        return f"should be {', '.join(choices[:-1])} or {choices[-1]}"
    if field.annotation is bool:
        return "should be true or false"
    bounds = [getattr(rule, "ge", getattr(rule, "le", None)) for rule in field.metadata]
    if field.annotation in (int, float):
        kind = "a whole number" if field.annotation is int else "a number"
        return f"should be {kind} from {bounds[0]} to {bounds[1]}"
    return "should be text"


def _format_value(value: object) -> str:
    """Return a value the way the file would spell it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:60]}…"'
        case Mapping():
            return "{…}"
    return str(value)


def _list_names(names: Mapping[str, object]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _suggestion(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    matches = get_close_matches(name, known, n=1)
    return f" Did you mean {matches[0]}?" if matches else ""
