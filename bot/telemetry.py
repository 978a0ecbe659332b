"""What people did, how long it took and how it ended: a log line each, and whoever counts is told.

The line has the interaction's id, and so have the transactions that follow from it
(`storage.LOG_CAUSE`), whose lines have the keys of the notices that they wrote.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import discord

from storage import LOG_CAUSE

log = logging.getLogger(__name__)

Observer: TypeAlias = Callable[[str, float, str], None]
"""Is told the name of a command or button, the seconds that it took, and how it ended."""

_BEGUN, _OUTCOME = "begun", "outcome"


def ignore(_name: str, _seconds: float, _outcome: str) -> None:
    """Where nothing is counted."""


def start(interaction: discord.Interaction) -> None:
    """Called in the task in which the interaction is answered, before anything else is done."""
    LOG_CAUSE.set(f"interaction {interaction.id}")
    interaction.extras[_BEGUN] = time.perf_counter()


def record_outcome(interaction: discord.Interaction, outcome: str) -> None:
    """It ends with a refusal of this code, or by an error of this name."""
    interaction.extras[_OUTCOME] = outcome


def finish(interaction: discord.Interaction, name: str) -> None:
    """Log the interaction, which has been answered, and tell whoever counts."""
    seconds = time.perf_counter() - interaction.extras.get(_BEGUN, time.perf_counter())
    outcome = str(interaction.extras.get(_OUTCOME, "done"))
    # Not who did it: what people ask for is not kept in a log unless it fails.
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
def measure_component(interaction: discord.Interaction, what: object) -> Iterator[None]:
    """The time in which a button or menu does its work; see `component_name`."""
    start(interaction)
    try:
        yield
    finally:
        finish(interaction, component_name(type(what)))


def component_name(kind: type) -> str:
    """Return the area of `bot.views` and the class, such as `sessions.Cancel`."""
    area = kind.__module__.removeprefix("bot.views.").partition(".")[0]
    return f"{area}.{kind.__name__}"


def command_name(interaction: discord.Interaction) -> str:
    """`points balance`; a context menu by its title."""
    command = interaction.command
    return command.qualified_name if command is not None else "unknown"
