"""What Discord sends for an option with suggestions: the value of the one that was picked, or the
text as it stands when none was."""

from __future__ import annotations

from mentorship.actors import LARGEST_ID
from mentorship.errors import InvalidField


def parse_id(typed: str | None) -> int | None:
    """The id behind the suggestion that was picked. Digits that no id can have are words like any
    other."""
    if not typed or not typed.isdecimal() or len(typed) > len(str(LARGEST_ID)):
        return None
    return int(typed) if int(typed) <= LARGEST_ID else None


def require_id(typed: str, what: str, note: str = "") -> int:
    """The id behind the suggestion. Raises `InvalidField` for typed text, with a `note` at its
    end."""
    found = parse_id(typed)
    if found is None:
        raise InvalidField(
            f"the {what}", f"must be one of the suggestions: type, and pick it from the list.{note}"
        )
    return found
