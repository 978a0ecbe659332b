"""Errors that end a command. Each message is one sentence for the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class CannotStart(Exception):
    """The operator must fix something before the command can run."""


class ConnectionFailed(Exception):
    """Discord couldn't be reached, or closed the connection; trying again may help."""


class AddressUnavailable(Exception):
    """The address to listen at is taken, or this machine doesn't have it yet.

    Trying again may help: another process may be about to end, or the network to start.
    """


@contextmanager
def translate_discord_errors() -> Iterator[None]:
    """Raise errors of the connection to Discord as `CannotStart` or `ConnectionFailed`."""
    try:
        yield
    except OSError as error:
        raise ConnectionFailed(f"Discord can't be reached: {error}.") from error
    except Exception as error:
        # import-linter forbids importing `discord` here, so the module's name has to do.
        if type(error).__module__.split(".")[0] != "discord":
            raise
        if getattr(error, "status", 0) >= 500:
            raise ConnectionFailed(f"Discord is having an outage: {error}.") from error
        raise CannotStart(
            f"Discord rejected the bot: {error} Check that the token is right."
        ) from error
