"""The filters and orders of the search index."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mentorship.time.intervals import Span
from storage.full_text import TextField, TextMatch
from storage.tables import Listing


class Order(Enum):
    """The order of a scan; the values are the columns of its key.

    `RATING`: the best Bayesian rating first. `RATE`: the lowest rate first, and of equal rates the
    best rating.
    """

    RATING = (Listing.shortfall, Listing.profile_id)
    RATE = (Listing.hourly_rate, Listing.shortfall, Listing.profile_id)


@dataclass(frozen=True, slots=True)
class TextFilter:
    """Words that a text field must have.

    `common`: so many profiles have them that each scanned one is checked, instead of listing all
    that have them.
    """

    field: TextField
    words: tuple[str, ...]
    match: TextMatch = TextMatch.PREFIXES
    common: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a scan; a mentor must match all of them. None and empty are no filter.

    - `tags`: the mentor has at least one of them; nobody matches an empty tuple.
    - `excluded_tags`: the mentor has none of them.
    - `text` and `excluded_text`: the text fields match the one, and not the other.
    - `profiles`: only these; nobody matches an empty tuple. `excluded_profiles`: none of these. A
      few hundred at most.
    - `min_rating`: of the plain mean, in 1/100 of a star.
    - `open_in`: the mentor may have a slot that starts in this span, by their hours and minimum
      notice. It lets some through who have none, and never excludes one who has (`open_hours`).
    """

    tags: tuple[int, ...] | None = None
    excluded_tags: tuple[int, ...] = ()
    text: TextFilter | None = None
    excluded_text: TextFilter | None = None
    profiles: tuple[int, ...] | None = None
    excluded_profiles: tuple[int, ...] = ()
    min_rating: int | None = None
    max_rate: int | None = None
    open_in: Span | None = None

    @property
    def match_nobody(self) -> bool:
        """Whether it is certain without a query that no mentor matches."""
        return self.tags == () or self.profiles == ()
