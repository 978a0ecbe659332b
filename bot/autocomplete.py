"""Values of command options with autocomplete.

Discord sends the value of the suggestion that somebody chose, or the typed text if they chose none.
"""

from __future__ import annotations

from mentorship.actors import LARGEST_ID
from mentorship.errors import InvalidField


def parse_id(value: str | None) -> int | None:
    """Return the id of the chosen suggestion, or None if the text is not an id."""
    if not value or not value.isdecimal() or len(value) > len(str(LARGEST_ID)):
        return None
    return int(value) if int(value) <= LARGEST_ID else None


def require_id(value: str, noun: str, note: str = "") -> int:
    """Return the id of the chosen suggestion.

    Raises `InvalidField` for typed text; the sentence ends with `note`.
    """
    chosen_id = parse_id(value)
    if chosen_id is None:
        raise InvalidField(
            f"the {noun}", f"must be one of the suggestions: type, and pick it from the list.{note}"
        )
    return chosen_id
