"""Reading the configuration again while the program runs, on SIGHUP.

Only the log changes at once: its level and format are what operators need to change without a
restart. Everything else was handed to the parts of the program when they started. What differs from
the running configuration is logged by its name, never with its value. An invalid configuration
changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel

from mentorbot import logs
from mentorbot.settings import Settings, SettingsError, load_settings, secrets_of

log = logging.getLogger(__name__)

_APPLIED = ("log",)
"""The sections that can change while the program runs."""


class Reloader:
    """Applies what has changed in the configuration since the program started.

    `file` is the configuration file as `load_settings` takes it, `settings` what was loaded.
    """

    def __init__(self, file: Path | None, settings: Settings) -> None:
        self._file = file
        self._running = settings

    def reload(self) -> None:
        """Load the settings again, apply those that can change, and log what differs."""
        try:
            loaded = load_settings(self._file)
        except SettingsError as error:
            log.error(
                "the configuration is invalid, so nothing has changed",
                extra={"problem": str(error)},
            )
            return
        different = _compare(self._running, loaded)
        applied = [name for name in different if name.startswith(tuple(f"{s}." for s in _APPLIED))]
        waiting = [name for name in different if name not in applied]
        if applied:
            logs.configure(loaded.log, [*secrets_of(self._running), *secrets_of(loaded)])
            self._running = self._running.model_copy(
                update={section: getattr(loaded, section) for section in _APPLIED}
            )
        log.info("configuration reloaded", extra={"changed": ", ".join(applied) or "nothing"})
        if waiting:
            log.warning("some settings need a restart", extra={"settings": ", ".join(waiting)})


def _compare(old: Settings, new: Settings) -> list[str]:
    """Return the names of the settings that differ, such as `api.port`."""
    names = [
        f"{section}.{key}"
        for section, field in Settings.model_fields.items()
        if isinstance(field.default, BaseModel)
        for key in type(field.default).model_fields
        if getattr(getattr(old, section), key) != getattr(getattr(new, section), key)
    ]
    return [*names, "webhooks"] if old.webhooks != new.webhooks else names


def postpone_sighup() -> None:
    """Let a SIGHUP wait until `reload_on_sighup` is ready for it; by default it ends the process.

    Does nothing for a program that was started in a terminal, which SIGHUP says is closed.
    """
    if _is_for_reloading():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})


@contextmanager
def reload_on_sighup(file: Path | None, settings: Settings) -> Iterator[None]:
    """Reload the configuration at each SIGHUP while the context is open."""
    if not _is_for_reloading():
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, Reloader(file, settings).reload)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        # The program ends soon, and another SIGHUP should not end it sooner.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        loop.remove_signal_handler(signal.SIGHUP)


def _is_for_reloading() -> bool:
    return hasattr(signal, "SIGHUP") and not sys.stderr.isatty()
