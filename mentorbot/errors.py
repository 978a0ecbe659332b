"""Why the program doesn't run or can't go on, each in one sentence for whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class CannotStart(Exception):
    """Something must be put right before the program can run."""


class ConnectionFailed(Exception):
    """Discord couldn't be reached, or broke with us; it may well work later."""


@contextmanager
def discords_errors() -> Iterator[None]:
    """Turns what keeps the bot out of Discord into a sentence."""
    try:
        yield
    except OSError as error:
        raise ConnectionFailed(f"Discord can't be reached: {error}.") from error
    except Exception as error:
        # The layers forbid `discord` in here, and the library's own words are good.
        if type(error).__module__.split(".")[0] != "discord":
            raise
        if getattr(error, "status", 0) >= 500:
            raise ConnectionFailed(f"Discord is out of order: {error}.") from error
        raise CannotStart(f"Discord refuses the bot: {error} Is its token right?") from error
