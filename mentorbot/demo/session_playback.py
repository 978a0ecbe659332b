"""What is on in the demo, from the moment when the visitor comes in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mentorbot.demo.clock import Timekeeper
from mentorbot.demo.rest_api import Door
from mentorbot.demo.simulated_discord import Stage
from mentorbot.demo.tasks import Paths
from mentorbot.demo.tour import Tour


@dataclass
class Play:
    """A community with its history; `skipped` is what moving the clock has brought so far."""

    stage: Stage
    clock: Timekeeper
    tour: Tour
    paths: Paths
    door: Door
    skipped: list[dict[str, Any]] = field(default_factory=list)

    async def begin(self) -> None:
        """Whatever has happened already is not the visitor's."""
        await self.tour.begin()
        await self.paths.begin()
