"""When the program could not serve anybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

SHORTEST = timedelta(minutes=5)
"""A shorter downtime moves no deadline (docs/decisions: service time)."""


@dataclass
class Downtimes:
    """The spans in which the program was down or could not write, in order."""

    spans: list[tuple[datetime, datetime]] = field(default_factory=list)

    def add(self, began_at: datetime, ended_at: datetime) -> None:
        """Add a span that comes after the others."""
        if ended_at - began_at > SHORTEST:
            self.spans.append((began_at, ended_at))

    def served(self, start: datetime, end: datetime) -> timedelta:
        """Return for how long the program has served between two instants."""
        silent = (
            max(timedelta(0), min(end, ended_at) - max(start, began_at))
            for began_at, ended_at in self.spans
        )
        return (end - start) - sum(silent, timedelta(0))
