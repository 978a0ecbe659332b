"""Logging: one line per event on standard error, either human-readable or JSON.

An event has a short message and fields, which the caller passes as `extra`: guild, user and session
ids, `use_case`, `ms`, `attempts`. Events of an API request also have its `request_id` and
`trace_id`. A traceback is indented below its line, or is a field in JSON.
Registered secrets, and anything that looks like a Discord token or a JWT, are masked everywhere: in
messages, fields and tracebacks. Warnings and errors that repeat are counted instead
(`mentorbot.log_repetition`).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from api.http import context
from mentorbot.log_repetition import RepetitionHandler
from mentorbot.settings import LogFormat, LogSettings

PACKAGES = ("mentorbot", "bot", "api", "integrations", "mentorship", "storage")
"""The packages that log at the configured level. Libraries log at INFO or above, because at DEBUG
they log what people write."""

LIBRARY_LEVELS = {"alembic": logging.WARNING, "apscheduler": logging.ERROR}
"""Minimum levels of libraries that log each step; our jobs log their runs themselves."""

MASK = "[secret]"

MIN_SECRET_LENGTH = 4
"""Shorter secrets aren't masked: they occur in too many ordinary words."""

_SECRET_PATTERNS = re.compile(
    r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"  # a Discord bot token
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"  # a JWT (RFC 7519), whose header begins `{"`
)

_STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "color_message",
}


def configure(settings: LogSettings, secrets: Iterable[str]) -> None:
    """Send all logs of the program to standard error as `settings` say, masking `secrets`."""
    logging.basicConfig(handlers=[create_handler(settings.format, secrets)], force=True)
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    logging.getLogger().setLevel(max(level, logging.INFO))
    for name in PACKAGES:
        logging.getLogger(name).setLevel(level)
    for name, minimum in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(max(level, minimum))
    logging.captureWarnings(True)


def create_handler(format: LogFormat, secrets: Iterable[str]) -> logging.Handler:
    """Return a handler that writes to standard error in `format`, masking `secrets`."""
    handler = logging.StreamHandler()
    handler.addFilter(_hide_voice_warning)
    handler.addFilter(_hide_handled_elsewhere)
    handler.addFilter(_add_request)
    mask = SecretMask(secrets)
    handler.setFormatter(JsonFormatter(mask) if format is LogFormat.JSON else HumanFormatter(mask))
    return RepetitionHandler(handler)


class SecretMask:
    """Replaces secrets in texts with `MASK`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # Longest first, so that a secret that contains another is masked as a whole.
        known = sorted(
            {secret for secret in secrets if len(secret) >= MIN_SECRET_LENGTH},
            key=len,
            reverse=True,
        )
        self._known = re.compile("|".join(map(re.escape, known)) or r"(?!)")

    def apply(self, text: str) -> str:
        """Return `text` without secrets."""
        return _SECRET_PATTERNS.sub(MASK, self._known.sub(MASK, text))


class _MaskingFormatter(logging.Formatter):
    """Base of both formats: the parts of a record, masked."""

    def __init__(self, mask: SecretMask) -> None:
        super().__init__()
        self._mask = mask.apply

    def event(self, record: logging.LogRecord) -> str:
        return self._mask(record.getMessage())

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        return {
            name: value if isinstance(value, bool | int | float) else self._mask(str(value))
            for name, value in vars(record).items()
            if name not in _STANDARD_ATTRIBUTES and value is not None
        }

    def trace(self, record: logging.LogRecord) -> str:
        error = self.formatException(record.exc_info) if record.exc_info else ""
        return self._mask("\n".join(filter(None, (error, record.stack_info))))


class HumanFormatter(_MaskingFormatter):
    """`2026-11-24 19:03:12Z info    storage.database: use case (use_case=…, ms=3.1)`"""

    def format(self, record: logging.LogRecord) -> str:
        fields = ", ".join(
            f"{name}={_one_line(str(value))}" for name, value in self.fields(record).items()
        )
        line = (
            f"{_created_at(record):%Y-%m-%d %H:%M:%SZ} {record.levelname.lower():7} "
            f"{record.name}: {_one_line(self.event(record))}{f' ({fields})' if fields else ''}"
        )
        return line + "".join(f"\n    {below}" for below in self.trace(record).splitlines())


class JsonFormatter(_MaskingFormatter):
    """One JSON object per line: `time`, `level`, `logger`, `event`, the fields, and `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _created_at(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": self.event(record),
            **self.fields(record),
        }
        if trace := self.trace(record):
            line["trace"] = trace
        return json.dumps(line, ensure_ascii=False)


def _hide_voice_warning(record: logging.LogRecord) -> bool:
    # At each start, discord.py warns that voice isn't supported; this bot never uses it.
    return record.name != "discord.client" or "voice will NOT" not in record.getMessage()


def _hide_handled_elsewhere(record: logging.LogRecord) -> bool:
    # discord.py itself logs errors of autocomplete and of listeners. That another process on the
    # same shard was faster is no error.
    error = record.exc_info[1] if record.exc_info else None
    if error is None or record.name.partition(".")[0] != "discord":
        return True
    # Imported only now, since importing discord.py takes longer than most commands do.
    from bot.errors import is_handled_elsewhere

    return not is_handled_elsewhere(error)


def _add_request(record: logging.LogRecord) -> bool:
    """Add the id and the trace of the API request during which something was logged."""
    request = context.current()
    if request is not None:
        record.request_id, record.trace_id = request.request_id, request.trace_id
    return True


def _created_at(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _one_line(text: str) -> str:
    """Escape line breaks in `text`, so that it can't forge another event."""
    return text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
