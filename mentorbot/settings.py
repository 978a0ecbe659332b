"""What an operator can set: a TOML file, and the environment, which wins.

`MENTORBOT_LOG__LEVEL` stands for `level` in `[log]`, and so on; secrets are best kept there. The
defaults live here, and `config.example.toml` repeats them with one line on each.

Whatever is wrong becomes one `SettingsError` with a line for each problem: where it stands, its
key and value, and what is allowed. A value that may be a secret is never repeated.
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
from sqlalchemy.exc import ArgumentError

from api.options import ALGORITHMS, Moderators
from mentorship.actors import LARGEST_ID

PREFIX = "MENTORBOT_"
"""What the name of every environment variable of ours begins with."""

CONFIG_VARIABLE = PREFIX + "CONFIG"
"""Names the configuration file; it is the only variable that is no setting."""

DEFAULT_FILE = Path("config.toml")


class SettingsError(Exception):
    """The settings can't be used; `str()` is one line for each problem."""


class LogFormat(StrEnum):
    HUMAN = "human"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def database_url(written: SecretStr) -> SecretStr:
    """The SQLAlchemy URL that a file's path or a URL stands for. Raises `ValueError`."""
    value = written.get_secret_value()
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = "sqlite", f"/{Path(value).expanduser()}" if value.strip() else ""
    match scheme:
        case "sqlite" | "sqlite+aiosqlite":
            if rest in ("", "/", "/:memory:"):
                raise ValueError("should name a file, since it is opened more than once")
            url = f"sqlite+aiosqlite://{rest}"
        case "postgres" | "postgresql" | "postgresql+asyncpg":
            url = f"postgresql+asyncpg://{rest}"
        case _:
            raise ValueError(
                "should be a file's path, sqlite+aiosqlite:///FILE, "
                "or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
            )
    try:
        make_url(url)
    except (ArgumentError, ValueError):
        # Their words may repeat the URL, and the password in it.
        raise ValueError("should be a URL whose port is a number") from None
    return SecretStr(url)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def _shard_ids(written: str, info: ValidationInfo) -> str:
    ids = written.split()
    if not all(each.isascii() and each.isdigit() for each in ids):
        raise ValueError("should be numbers from 0 on, with spaces between")
    if any(int(each) >= info.data.get("shards", 0) for each in ids):
        raise ValueError("should be below shards, which counts those of all processes")
    return written


class DiscordSettings(_Section):
    token: SecretStr = SecretStr("")
    """The bot's token; empty until there is one."""
    shards: Annotated[int, Field(ge=0, le=10_000)] = 0
    """How many there are in all; 0 for as many as Discord recommends."""
    shard_ids: Annotated[str, AfterValidator(_shard_ids)] = ""
    """Those of this process, with spaces between; empty for all."""


class DatabaseSettings(_Section):
    url: Annotated[SecretStr, AfterValidator(database_url)] = SecretStr("mentorbot.db")
    """A SQLAlchemy URL once read, whatever way it was written. It may hold a password."""


def _algorithms(written: str) -> str:
    names = written.split()
    if not names or not set(names) <= set(ALGORITHMS):
        raise ValueError(
            f"should be {', '.join(ALGORITHMS[:-1])} or {ALGORITHMS[-1]}, "
            "or several of them with spaces between"
        )
    return written


def _origins(written: str) -> str:
    for origin in written.split():
        if not re.fullmatch(r"https?://[^/\s*]+", origin):
            raise ValueError(
                "should be origins such as https://app.example, with spaces between and "
                "without a path"
            )
    return written


class ApiSettings(_Section):
    enabled: bool = False
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """0 takes any free port; the log says which."""
    algorithms: Annotated[str, AfterValidator(_algorithms)] = "HS256"
    """What tokens may be signed with: `api.options.ALGORITHMS`, with spaces between."""
    secret: SecretStr = SecretStr("")
    """For HS256, which the main app signs with and this program checks with."""
    public_key_file: str = ""
    """A PEM file, for one of the other algorithms."""
    jwks_file: str = ""
    """A JWKS file (RFC 7517), for several keys and their rotation."""
    issuer: str = "main-app"
    audience: str = "mentorbot"
    subject_claim: str = "sub"
    """The claim that holds the Discord user id."""
    default_guild: Annotated[int, Field(ge=0, le=LARGEST_ID)] = 0
    """The guild of tokens that name none; 0 for none."""
    moderators: Annotated[Moderators, BeforeValidator(_lower)] = Moderators.DISCORD
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 300
    cors_origins: Annotated[str, AfterValidator(_origins)] = ""
    """The web pages that may call from a browser, with spaces between."""


class LogSettings(_Section):
    format: Annotated[LogFormat, BeforeValidator(_lower)] = LogFormat.HUMAN
    level: Annotated[LogLevel, BeforeValidator(_lower)] = LogLevel.INFO


class JobSettings(_Section):
    """Seconds from one run of a job to its next."""

    deliver: Annotated[float, Field(ge=0.1, le=3600)] = 5
    advance: Annotated[float, Field(ge=0.1, le=3600)] = 30


class Settings(BaseSettings):
    """Every setting, checked. Made by `load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        # An error would carry the rejected value, a secret perhaps, into a trace.
        hide_input_in_errors=True,
    )

    discord: DiscordSettings = DiscordSettings()
    database: DatabaseSettings = DatabaseSettings()
    api: ApiSettings = ApiSettings()
    log: LogSettings = LogSettings()
    jobs: JobSettings = JobSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # What `load` read from the file comes in as arguments; the environment goes before it.
        return env_settings, init_settings


def load(file: Path | None) -> Settings:
    """The settings of `file` and the environment; without a file, `config.toml` if there is one.

    Raises `SettingsError`.
    """
    if file is None and DEFAULT_FILE.exists():
        file = DEFAULT_FILE
    written = _read(file) if file else {}
    problems = _strange_variables(os.environ)
    settings = None
    try:
        settings = Settings(**written)
    except ValidationError as error:
        where = str(file or DEFAULT_FILE)
        problems += [_sentence(details, where, os.environ) for details in error.errors()]
    except UnreadableVariable:
        # A variable that names a whole section, which `_strange_variables` has told of.
        pass
    if settings is None or problems:
        raise SettingsError("\n".join(problems))
    return settings


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
        # Of the parser's words only the place: the rest may quote what stands there.
        place = re.search(r"\(at (.*)\)", str(error))
        raise SettingsError(
            f"The configuration file {file} is not TOML "
            f'(at {place[1] if place else "some place"}). Texts need quotes: token = "...".'
        ) from None


def _strange_variables(environment: Mapping[str, str]) -> list[str]:
    """A line for each variable of ours that belongs to no section; pydantic passes over those."""
    known = [
        f"{PREFIX}{section}__{key}".upper()
        for section, field in Settings.model_fields.items()
        for key in _fields(field)
    ]
    sections = tuple(f"{PREFIX}{section}__".upper() for section in Settings.model_fields)
    return [
        f"Environment: {name} is no setting.{_nearest(name, known)}"
        for name in sorted(name.upper() for name in environment)
        if name.startswith(PREFIX) and name != CONFIG_VARIABLE and not name.startswith(sections)
    ]


def _sentence(details: ErrorDetails, file: str, environment: Mapping[str, str]) -> str:
    """What is wrong, where, and what is allowed there."""
    path = [str(part) for part in details["loc"]]
    key = ".".join(path)
    variable = PREFIX + "__".join(path).upper()
    from_environment = variable in (name.upper() for name in environment)
    where = f"Environment ({variable})" if from_environment else file

    if details["type"] == "extra_forbidden":
        allowed = (
            _fields(Settings.model_fields[path[0]]) if len(path) > 1 else Settings.model_fields
        )
        nearest = get_close_matches(path[-1], allowed, n=1)
        # A misspelt secret is still a secret: the value is shown where its meaning is known.
        field = allowed[nearest[0]] if nearest else None
        hidden = field is None or len(path) == 1 or _is_secret(field)
        value = "" if hidden else f" = {_shown(details['input'])}"
        kind = "setting" if len(path) > 1 else "section"
        return (
            f"{where}: {key}{value} is no {kind}; there {_are(allowed)}."
            f"{_nearest(path[-1], allowed)}"
        )

    field = _field(path)
    if field is None:
        return f"{where}: {key} should be a section: [{key}]."
    value = "" if _is_secret(field) else f" = {_shown(details['input'])}"
    rule = details["msg"].removeprefix("Value error, ")
    if details["type"] != "value_error":
        rule = _rule(field)
    return f"{where}: {key}{value} {rule}.{_nearest(str(details['input']), _choices(field))}"


def _fields(section: FieldInfo) -> Mapping[str, FieldInfo]:
    model = section.annotation
    assert isinstance(model, type)
    assert issubclass(model, BaseModel)
    return model.model_fields


def _field(path: Sequence[str]) -> FieldInfo | None:
    """The setting at `path`; None if that is a section."""
    return _fields(Settings.model_fields[path[0]]).get(path[1]) if len(path) > 1 else None


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *get_args(field.annotation))


def _choices(field: FieldInfo) -> list[str]:
    kind = field.annotation
    return list(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else []


def _rule(field: FieldInfo) -> str:
    """What is allowed there, in words that follow the key."""
    if choices := [f'"{choice}"' for choice in _choices(field)]:
        return f"should be {', '.join(choices[:-1])} or {choices[-1]}"
    if field.annotation is bool:
        return "should be true or false"
    bounds = [getattr(rule, "ge", getattr(rule, "le", None)) for rule in field.metadata]
    if field.annotation in (int, float):
        kind = "a whole number" if field.annotation is int else "a number"
        return f"should be {kind} from {bounds[0]} to {bounds[1]}"
    return "should be text"


def _shown(value: object) -> str:
    """A value as it would stand in the file."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:60]}…"'
        case Mapping():
            return "{…}"
    return str(value)


def _are(names: Mapping[str, object]) -> str:
    listed = list(names)
    if len(listed) == 1:
        return f"is only {listed[0]}"
    return f"are {', '.join(listed[:-1])} and {listed[-1]}"


def _nearest(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    found = get_close_matches(name, known, n=1)
    return f" Did you mean {found[0]}?" if found else ""
