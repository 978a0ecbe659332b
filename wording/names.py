"""People's names in sentences and lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from mentorship.operations.personal_data import FORMER_MEMBER
from wording.translation import _

_NOT_A_FIRST_NAME = frozenset(
    ("the", "a", "an", "dr", "mr", "mrs", "ms", "mx", "prof", "sir", "lady", "lord", "captain")
)


def first_name(name: str) -> str:
    """Return the first name of a member's display name, for running text.

    Display names can be anything, so only two or three capitalised words are taken for a first and
    a last name (`Oliver Hughes`). Any other name is returned whole (`The Wizard`, `oli 🚀`).
    """
    if name == FORMER_MEMBER:
        return former_member()
    words = name.split()
    is_full_name = 2 <= len(words) <= 3 and all(_is_capitalised(word) for word in words)
    if not is_full_name or words[0].casefold() in _NOT_A_FIRST_NAME:
        return name
    return words[0]


def former_member() -> str:
    """Return what stands for the name of a member who was erased."""
    return _("Former member")


def tell_apart(people: Mapping[int, str]) -> Mapping[int, str]:
    """Return the names of a list of people by their ids, so that no two are the same.

    A name that several of them have is followed by the id, as Discord's *Copy User ID* gives it:
    `Alex · ID 1477998909849600009`. People who were erased, with ids below zero, have none.
    """
    count = Counter(people.values())
    return {
        user_id: f"{name} · ID {user_id}" if count[name] > 1 and user_id > 0 else name
        for user_id, name in people.items()
    }


def _is_capitalised(word: str) -> bool:
    letters = word.replace("-", "").replace("'", "").replace("’", "")
    return len(letters) > 1 and letters.isalpha() and letters[0].isupper()
