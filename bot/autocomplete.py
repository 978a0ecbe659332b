"""Values of command options with autocomplete.

Discord sends the value of the suggestion that somebody chose, or the typed text if they chose none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mentorship.actors import MAX_ID
from mentorship.errors import Field, InvalidField, Problem


def parse_id(value: str | None) -> int | None:
    """Return the id of the chosen suggestion, or None if the text is not an id."""
    if not value or not value.isdecimal() or len(value) > len(str(MAX_ID)):
        return None
    return int(value) if int(value) <= MAX_ID else None


def require_id(value: str, field: Field) -> int:
    """Return the id of the chosen suggestion. Raises `InvalidField` for typed text."""
    chosen_id = parse_id(value)
    if chosen_id is None:
        raise InvalidField(field, Problem.NOT_SUGGESTED)
    return chosen_id


def chosen_by_name(text: str, names: Mapping[int, Iterable[str]], field: Field) -> int:
    """Return the id with a name like the text, which somebody typed or pasted.

    Raises `InvalidField` if none or several have one.
    """
    ids = [
        chosen_id for chosen_id, labels in names.items() if _folded(text) in map(_folded, labels)
    ]
    if len(ids) != 1:
        raise InvalidField(field, Problem.NOT_SUGGESTED)
    return ids[0]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
