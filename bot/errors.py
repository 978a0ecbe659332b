"""Answer interactions that fail with a message that a person can act on."""

from __future__ import annotations

import dataclasses
import functools
import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

import discord
from discord import app_commands

from bot import telemetry
from bot.components.cards import ActionRows
from bot.formatting import discord_timestamp, plain, relative
from bot.readers import reader_of
from bot.replies import ALREADY_ACKNOWLEDGED, respond, send_ephemeral
from mentorship.errors import MentorshipError, SlotUnavailable
from storage import AlreadyHandled, OutcomeUnknown, StorageError
from wording import errors
from wording.reader import Reader
from wording.translation import _

log = logging.getLogger(__name__)

P = ParamSpec("P")
E = TypeVar("E", bound=BaseException)
M = TypeVar("M", bound=MentorshipError)

_NAMES = frozenset({"name", "mentor_name", "currency"})
"""Facts of errors that are names of people and of currencies."""

HANDLED_ELSEWHERE = "handled_elsewhere"
"""The outcome, in logs and metrics, of an interaction that another process handles."""


async def answer(
    interaction: discord.Interaction, error: Exception, actions: ActionRows = ()
) -> None:
    """Respond with what went wrong. Only bugs and outages are logged.

    Doesn't respond to an interaction that another process has answered or acted on. `actions`
    offer a next step; with them, the pressed message is replaced if only the person sees it.
    """
    cause = _original_error(error)
    if is_handled_elsewhere(cause):
        telemetry.record_outcome(interaction, HANDLED_ELSEWHERE)
        return
    # Errors of Discord and of SQLAlchemy have a `code`, too: a number, or a section of a manual.
    outcome = cause.code if isinstance(cause, MentorshipError) else type(cause).__name__
    telemetry.record_outcome(interaction, outcome)
    message = _message(interaction, cause)
    if actions:
        await respond(interaction, message, actions=actions)
    else:
        await send_ephemeral(interaction, message)


def is_handled_elsewhere(error: BaseException) -> bool:
    """Tell whether an interaction failed only because another process is connected to the shard.

    That process has acted on the interaction, or has acknowledged it.
    """
    cause = _original_error(error)
    if isinstance(cause, discord.HTTPException):
        return cause.code == ALREADY_ACKNOWLEDGED
    return isinstance(cause, AlreadyHandled)


def answer_domain_errors(
    callback: Callable[P, Coroutine[Any, Any, None]],
) -> Callable[P, Coroutine[Any, Any, None]]:
    """Wrap `callback`, which takes an interaction, so that it answers domain errors.

    A `MentorshipError` is an ordinary answer. Only bugs and outages reach discord.py's error
    handlers and the log.
    """

    @functools.wraps(callback)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await callback(*args, **kwargs)
        except MentorshipError as error:
            (interaction,) = (each for each in args if isinstance(each, discord.Interaction))
            await answer(interaction, error)

    return wrapper


def sentence(error: MentorshipError, reader: Reader) -> str:
    """Write an error as a sentence, with Discord timestamps and escaped names."""
    text = errors.sentence(_escape_names(error), reader, when=relative)
    if isinstance(error, SlotUnavailable) and error.nearest:
        text += "".join(f"\n• {discord_timestamp(start, 'F')}" for start in sorted(error.nearest))
    return text


def not_bookable(error: SlotUnavailable, reader: Reader) -> str:
    """Write why a start can't be booked, without the open starts near it."""
    return errors.not_bookable(_escape_names(error), reader)


def _escape_names(error: M) -> M:
    """Return the error with the names in it escaped: members and servers choose them freely."""
    names = {
        fact: plain(value)
        for fact, value in vars(error).items()
        if fact in _NAMES and isinstance(value, str)
    }
    # All errors are dataclasses, but for the class that they share.
    return dataclasses.replace(error, **names) if names else error  # type: ignore[type-var]


def _original_error(error: E) -> E | Exception:
    if isinstance(error, app_commands.CommandInvokeError):
        return error.original
    return error


def _message(interaction: discord.Interaction, error: Exception) -> str:
    if isinstance(error, MentorshipError):
        return sentence(error, reader_of(interaction))
    if isinstance(error, app_commands.NoPrivateMessage):
        return _("That works in a server only, not in a direct message.")
    if isinstance(error, app_commands.CheckFailure):
        return _("You may not use that command here.")
    reference = secrets.token_hex(4)
    log.error(
        "interaction failed",
        exc_info=error,
        extra={
            "reference": reference,
            "interaction": interaction.id,
            "guild": interaction.guild_id,
            "user": interaction.user.id,
        },
    )
    if not isinstance(error, StorageError):
        return _(errors.INTERNAL, reference=reference)
    if isinstance(error, OutcomeUnknown) or telemetry.has_acted(interaction):
        return _(errors.OUTCOME_UNKNOWN, reference=reference)
    return _(errors.UNAVAILABLE, reference=reference)
