"""Where a page of a list begins or ends, as a short text that a face carries around."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from mentorship.actors import LARGEST_ID
from mentorship.listings import Way

_TEXT = re.compile(r"(?P<way>[ab])(?P<numbers>[0-9a-z]{1,13}(?:\.[0-9a-z]{1,13}){2,3})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a list: in which of its stretches, and the key there."""

    tier: int
    key: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """What comes after a place, or before it. It says nothing but where to look, so a made-up one
    shows its maker no more than a real one could."""

    way: Way
    place: Place

    @property
    def text(self) -> str:
        """At most 56 characters: letters, digits and dots."""
        return self.way.value + ".".join(map(base36, (self.place.tier, *self.place.key)))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The cursor that `text` is of, or None if it is of none."""
        match = _TEXT.fullmatch(text)
        if match is None:
            return None
        tier, *key = (int(number, 36) for number in match["numbers"].split("."))
        if max(tier, *key) > LARGEST_ID:
            return None
        return cls(Way(match["way"]), Place(tier, tuple(key)))


def base36(number: int) -> str:
    """A whole number from 0 in as few characters as Discord's custom ids have to spare."""
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if number == 0:
            return digits
