"""Counts log events that repeat, instead of writing each of them.

A fault that occurs a thousand times a second would otherwise fill the disk, and hide everything
else. The first few of an event are written. Those that follow within `WINDOW_S` are counted. The
count is written with the first event of any kind after the window.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_S = 60.0
"""Seconds in which the same event is written at most `MAX_WRITTEN` times."""

MAX_WRITTEN = 5
"""How many times an event is written in each window."""

MAX_EVENTS = 1_000
"""How many different events are remembered."""


@dataclass(slots=True)
class _Window:
    """How often an event was written, and only counted, since `began_at` (seconds)."""

    began_at: float
    written: int = 0
    counted: int = 0


class RepetitionHandler(logging.Handler):
    """Passes events to another handler: all below WARNING, and the first few of each from there on.

    Events are the same if logger, level and message template are. `clock` is in seconds.
    """

    def __init__(
        self, target: logging.Handler, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._target = target
        self._clock = clock
        self._windows: OrderedDict[tuple[str, int, str], _Window] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        now = self._clock()
        self._write_counts(now)
        if record.levelno < logging.WARNING:
            self._target.handle(record)
            return
        key = (record.name, record.levelno, str(record.msg))
        window = self._windows.setdefault(key, _Window(now))
        if window.written < MAX_WRITTEN:
            window.written += 1
            self._target.handle(record)
        else:
            window.counted += 1
        if len(self._windows) > MAX_EVENTS:
            self._close(*self._windows.popitem(last=False))

    def close(self) -> None:
        """Write the counts that are still open."""
        self._write_counts(float("inf"))
        super().close()

    def _write_counts(self, now: float) -> None:
        while self._windows:
            key, window = next(iter(self._windows.items()))
            if now < window.began_at + WINDOW_S:
                return
            del self._windows[key]
            self._close(key, window)

    def _close(self, key: tuple[str, int, str], window: _Window) -> None:
        if not window.counted:
            return
        name, level, message = key
        record = logging.LogRecord(
            name, level, __file__, 0, "the last event was repeated", None, None
        )
        record.repeated_event = message
        record.times = window.counted
        self._target.handle(record)
