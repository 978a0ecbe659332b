"""The log formats, and masking secrets in them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from mentorbot import logs
from mentorbot.log_repetition import MAX_EVENTS, MAX_WRITTEN, WINDOW_S, RepetitionHandler
from mentorbot.settings import LogFormat, LogLevel, LogSettings
from storage import AlreadyHandled

# Looks like a Discord token, but is not a real one.
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4." + "GaBcDe." + "x" * 38
JWT = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "c2lnbmF0dXJlLW9mLWl0"


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    """Restore the process's logging after the test."""
    root = logging.getLogger()
    names = ("", *logs.PACKAGES, *logs.LIBRARY_LEVELS)
    levels = {name: logging.getLogger(name).level for name in names}
    handlers = root.handlers[:]
    root.handlers[:] = []
    yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def configure(format: LogFormat, *secrets: str, level: LogLevel = LogLevel.INFO) -> None:
    logs.configure(LogSettings(format=format, level=level), secrets)


def test_human_format_is_one_line_with_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure(LogFormat.HUMAN)
    logging.getLogger("bot.notifications.delivery").info(
        "sent", extra={"guild": 7, "user": None, "ms": 3.5}
    )
    line = capsys.readouterr().err
    assert line[20:] == " info    bot.notifications.delivery: sent (guild=7, ms=3.5)\n"
    assert line[:20].endswith("Z")


def test_json_format_is_one_object_with_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure(LogFormat.JSON)
    logging.getLogger("bot").warning("late by %s s", 4, extra={"guild": 7, "use_case": "book"})
    event = json.loads(capsys.readouterr().err)
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "warning",
        "logger": "bot",
        "event": "late by 4 s",
        "guild": 7,
        "use_case": "book",
    }


@pytest.mark.parametrize("format", LogFormat)
def test_line_breaks_cannot_forge_an_event(
    format: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(format)
    forged = "nice\n2026-01-01 00:00:00Z error   bot: gone"
    logging.getLogger("bot").info("topic: %s", forged, extra={"topic": forged})
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_traceback_stays_with_its_event(capsys: pytest.CaptureFixture[str]) -> None:
    for format in LogFormat:
        configure(format)
        try:
            raise LookupError("no such slot")
        except LookupError:
            logging.getLogger("bot").exception("job failed")
    human, *trace, as_json = capsys.readouterr().err.splitlines()
    assert human.endswith("bot: job failed")
    assert all(line.startswith("    ") for line in trace)
    assert trace[-1].strip() == "LookupError: no such slot"
    assert json.loads(as_json)["trace"].endswith("LookupError: no such slot")


@pytest.mark.parametrize("format", LogFormat)
@pytest.mark.parametrize("secret", ['pass"word\\', TOKEN, JWT])
def test_secrets_are_masked_everywhere(
    format: LogFormat, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(format, 'pass"word\\')
    log = logging.getLogger("discord.http")
    log.warning("refused %s", secret, extra={"header": f"Bot {secret}"})
    log.warning(f"refused {secret}", extra={"headers": [secret.encode().decode()]})
    try:
        raise ValueError(f"token={secret}")
    except ValueError as error:
        log.exception("%s", error, stack_info=True)
    output = capsys.readouterr().err
    assert secret not in output
    assert output.count(logs.MASK) >= 5
    assert "x" * 20 not in output


def test_an_empty_secret_masks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    configure(LogFormat.HUMAN, "", "a")
    logging.getLogger("bot").info("a day")
    assert capsys.readouterr().err.endswith("bot: a day\n")


def test_debug_level_applies_to_own_packages_only(capsys: pytest.CaptureFixture[str]) -> None:
    configure(LogFormat.HUMAN, level=LogLevel.DEBUG)
    logging.getLogger("storage.database").debug("use case")
    logging.getLogger("discord.gateway").debug("everything that people write")
    logging.getLogger("apscheduler.executors.default").info("Running job")
    assert capsys.readouterr().err.count("\n") == 1


class Lines(logging.Handler):
    """Collects events as they would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[tuple[str, str, int | None]] = []

    def emit(self, record: logging.LogRecord) -> None:
        fields = vars(record)
        self.events.append((record.name, record.getMessage(), fields.get("times")))


def repeating_logger(seconds: list[float]) -> tuple[logging.Logger, Lines, RepetitionHandler]:
    lines = Lines()
    handler = RepetitionHandler(lines, clock=lambda: seconds[0])
    logger = logging.Logger("repeating")
    logger.addHandler(handler)
    return logger, lines, handler


def test_warnings_that_repeat_are_counted_and_the_count_is_written() -> None:
    seconds = [0.0]
    logger, lines, handler = repeating_logger(seconds)
    for number in range(1_000):
        logger.warning("too many files: %s", number)
    assert [event[1] for event in lines.events] == [
        f"too many files: {n}" for n in range(MAX_WRITTEN)
    ]
    logger.error("another event")
    assert lines.events[-1] == ("repeating", "another event", None)
    seconds[0] = WINDOW_S + 1
    logger.info("anything")
    assert lines.events[-2:] == [
        ("repeating", "the last event was repeated", 1_000 - MAX_WRITTEN),
        ("repeating", "anything", None),
    ]
    logger.warning("too many files: %s", "again")
    assert lines.events[-1] == ("repeating", "too many files: again", None)
    for _ in range(MAX_WRITTEN):
        logger.warning("too many files: %s", "more")
    handler.close()
    assert lines.events[-1] == ("repeating", "the last event was repeated", 1)


def test_info_events_are_always_written() -> None:
    logger, lines, _handler = repeating_logger([0.0])
    for _ in range(100):
        logger.info("notification sent")
    assert len(lines.events) == 100


def test_the_number_of_remembered_events_is_limited() -> None:
    logger, lines, handler = repeating_logger([0.0])
    for number in range(MAX_EVENTS + 500):
        logger.warning(f"event {number}")
    assert len(lines.events) == MAX_EVENTS + 500
    assert len(handler._windows) == MAX_EVENTS


@pytest.mark.parametrize(
    ("logger", "error", "is_shown"),
    [
        ("discord.app_commands.tree", AlreadyHandled(), False),
        ("discord.app_commands.tree", ValueError("a bug"), True),
        ("bot.errors", AlreadyHandled(), True),
    ],
)
def test_interactions_handled_elsewhere_are_not_logged_as_errors(
    logger: str, error: Exception, is_shown: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(LogFormat.HUMAN)
    logging.getLogger(logger).error("Ignoring exception in autocomplete", exc_info=error)
    assert ("Ignoring exception" in capsys.readouterr().err) is is_shown
