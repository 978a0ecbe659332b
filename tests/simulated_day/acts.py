"""What people have asked the program to do, and what it answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

ANYWHERE = 0
"""In place of a guild's id: the act may concern any server of its person."""


class Outcome(Enum):
    """How an act ended for the person."""

    ACKNOWLEDGED = auto()
    """The program said that it has done it."""
    ANSWERED = auto()
    """The program answered something else, such as a refusal or another card."""
    UNKNOWN = auto()
    """No answer came, so the act may or may not have happened."""


@dataclass(frozen=True)
class Act:
    """Something that a person did. `facts` are what the act and its acknowledgement said."""

    kind: str
    person: int
    guild: int
    at: datetime
    outcome: Outcome
    facts: Mapping[str, Any] = field(default_factory=dict)

    def concerns(self, guild: int) -> bool:
        """Return whether the act may change something in a guild."""
        return self.guild in (guild, ANYWHERE)
