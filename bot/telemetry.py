"""Logs each command, button and menu with its duration and outcome, and reports them to metrics.

The log line carries the interaction's id. So do the lines of the transactions that it causes
(`storage.LOG_CAUSE`), which list the keys of the notifications that they wrote. It is also the key
by which only one of several processes acts on it (`storage.CURRENT_INTERACTION`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import discord

from storage import CURRENT_INTERACTION, LOG_CAUSE, CurrentInteraction

log = logging.getLogger(__name__)

Observer: TypeAlias = Callable[[str, float, str], None]
"""Takes the name of a command or component, the seconds that it took, and its outcome."""

_STARTED_AT, _OUTCOME, _CURRENT = "started_at", "outcome", "current_interaction"


def ignore(_name: str, _seconds: float, _outcome: str) -> None:
    """Do nothing: an `Observer` where nothing is measured."""


def start(interaction: discord.Interaction) -> None:
    """Start measuring an interaction, and set its id so that its acts are done only once.

    Call it first, in the task that answers the interaction.
    """
    message_id = interaction.message.id if interaction.message is not None else None
    current = interaction.extras.setdefault(
        _CURRENT, CurrentInteraction(interaction.id, message_id=message_id)
    )
    CURRENT_INTERACTION.set(current)
    LOG_CAUSE.set(f"interaction {interaction.id}")
    interaction.extras[_STARTED_AT] = time.perf_counter()


def has_acted(interaction: discord.Interaction) -> bool:
    """Tell whether this process has committed something for the interaction."""
    current: CurrentInteraction | None = interaction.extras.get(_CURRENT)
    return current is not None and current.is_ours


def record_outcome(interaction: discord.Interaction, outcome: str) -> None:
    """Record how an interaction ends: the code of a refusal, or the name of an exception."""
    interaction.extras[_OUTCOME] = outcome


def finish(interaction: discord.Interaction, name: str) -> None:
    """Log an interaction that has been answered, and report it to the observer."""
    seconds = time.perf_counter() - interaction.extras.get(_STARTED_AT, time.perf_counter())
    outcome = str(interaction.extras.get(_OUTCOME, "done"))
    # The user id is left out: what people do is not logged unless it fails.
    log.info(
        "interaction",
        extra={
            "interaction": interaction.id,
            "command": name,
            "guild": interaction.guild_id,
            "ms": round(seconds * 1_000, 1),
            "outcome": outcome,
        },
    )
    observe: Observer = getattr(interaction.client, "observe", ignore)
    observe(name, seconds, outcome)


@contextmanager
def measure_component(interaction: discord.Interaction, component: object) -> Iterator[None]:
    """Measure what runs inside as the work of a component; see `component_name`."""
    start(interaction)
    try:
        yield
    finally:
        finish(interaction, component_name(type(component)))


def component_name(component_class: type) -> str:
    """Return the area of `bot.views` and the class, such as `sessions.CancelSessionButton`."""
    area = component_class.__module__.removeprefix("bot.views.").partition(".")[0]
    return f"{area}.{component_class.__name__}"


def command_name(interaction: discord.Interaction) -> str:
    """Return a command's full name, such as `points balance`, or a context menu's title."""
    command = interaction.command
    return command.qualified_name if command is not None else "unknown"
