"""The guided tours: the steps that the page suggests, and which of them the visitor has done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from mentorbot.demo.simulated_discord import DemoChannel, Persona


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a tour. Its button opens a channel; without one, it moves the clock."""

    title: str
    text: str
    button: str
    persona: Persona | None = None
    channel: DemoChannel | None = None


class Tour(ABC):
    """A tour. A tour that was completed stays so, whatever the visitor does next."""

    key: ClassVar[str]
    title: ClassVar[str]

    def __init__(self) -> None:
        self._was_completed = False

    async def start(self) -> None:  # noqa: B027  # most tours have nothing to remember
        """Remember what exists already: it isn't the visitor's."""

    async def steps(self) -> list[tuple[Step, bool]]:
        """Return the steps in order, each with whether it is done."""
        steps = await self._load_steps()
        self._was_completed |= all(done for _, done in steps)
        return [(step, done or self._was_completed) for step, done in steps]

    @abstractmethod
    async def _load_steps(self) -> Sequence[tuple[Step, bool]]:
        """Return the steps, each with whether it is done now."""
