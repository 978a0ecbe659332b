"""Logs: one line an event on standard error, for people or as JSON.

An event has a few words and facts, which a caller passes as `extra`: guild, user and session ids,
`use_case`, `ms`, `attempts`. A trace follows its line indented, and in JSON is a field of it.
No secret that was registered here leaves through a log, nor anything in the form of a Discord
token or a JWT, wherever it stands: in the words, a fact or a trace.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from mentorbot.settings import LogFormat, LogSettings

OURS = ("mentorbot", "bot", "api", "mentorship", "storage")
"""The packages that log at the level set; libraries stay at info, since they log what people write
at debug."""

NOISY = {"alembic": logging.WARNING, "apscheduler": logging.ERROR}
"""Libraries that tell of each step; what their jobs do is logged by the jobs."""

MASK = "[secret]"

SHORTEST_SECRET = 4
"""Masking anything shorter would take more from a log than it hides."""

_SECRET_FORMS = re.compile(
    r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"  # a Discord bot token
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"  # a JWT (RFC 7519), whose header begins `{"`
)

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


def start(settings: LogSettings, secrets: Iterable[str]) -> None:
    """Send all logs of the program to standard error as `settings` say, without `secrets`."""
    logging.basicConfig(handlers=[handler(settings.format, secrets)], force=True)
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    logging.getLogger().setLevel(max(level, logging.INFO))
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    for name, least in NOISY.items():
        logging.getLogger(name).setLevel(max(level, least))
    logging.captureWarnings(True)


def handler(format: LogFormat, secrets: Iterable[str]) -> logging.Handler:
    """A handler that writes to standard error in that format, without `secrets`."""
    made = logging.StreamHandler()
    made.addFilter(_is_no_advice_on_voice)
    mask = Mask(secrets)
    made.setFormatter(JsonLines(mask) if format is LogFormat.JSON else HumanLines(mask))
    return made


class Mask:
    """Takes secrets out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first, so that no rest of one stays when another is a part of it.
        known = sorted({s for s in secrets if len(s) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known)) or r"(?!)")

    def masked(self, text: str) -> str:
        return _SECRET_FORMS.sub(MASK, self._known.sub(MASK, text))


class _Lines(logging.Formatter):
    """What both formats say: when, how grave, who, what, the facts and the trace, all masked."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._masked = mask.masked

    def event(self, record: logging.LogRecord) -> str:
        return self._masked(record.getMessage())

    def facts(self, record: logging.LogRecord) -> dict[str, object]:
        return {
            name: value if isinstance(value, bool | int | float) else self._masked(str(value))
            for name, value in vars(record).items()
            if name not in _STANDARD and value is not None
        }

    def trace(self, record: logging.LogRecord) -> str:
        error = self.formatException(record.exc_info) if record.exc_info else ""
        return self._masked("\n".join(filter(None, (error, record.stack_info))))


class HumanLines(_Lines):
    """`2026-11-24 19:03:12Z info    storage.database: use case (use_case=…, ms=3.1)`"""

    def format(self, record: logging.LogRecord) -> str:
        facts = ", ".join(f"{name}={_one_line(str(v))}" for name, v in self.facts(record).items())
        line = (
            f"{_instant(record):%Y-%m-%d %H:%M:%SZ} {record.levelname.lower():7} {record.name}: "
            f"{_one_line(self.event(record))}{f' ({facts})' if facts else ''}"
        )
        return line + "".join(f"\n    {below}" for below in self.trace(record).splitlines())


class JsonLines(_Lines):
    """One object a line: `time`, `level`, `logger`, `event`, the facts, and `trace` of an error."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _instant(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": self.event(record),
            **self.facts(record),
        }
        if trace := self.trace(record):
            line["trace"] = trace
        return json.dumps(line, ensure_ascii=False)


def _is_no_advice_on_voice(record: logging.LogRecord) -> bool:
    # discord.py warns at each start that it can't speak, which this bot never does.
    return record.name != "discord.client" or "voice will NOT" not in record.getMessage()


def _instant(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _one_line(text: str) -> str:
    """`text` with its line breaks spelled out, so that nobody's words look like an event."""
    return text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
