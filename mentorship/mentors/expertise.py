"""What somebody's words for an expertise mean among a guild's tags: spelling is forgiven."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import fuzz, process

_WORD = re.compile(r"[^\W_]+[+#]*")

LIKE_ENOUGH = 75
"""How alike (of 100) a spelling and a tag must be; `pyton` and `python` are at 91."""

NEAR_THE_BEST = 6
"""A spelling means the tag that it is most like, and those about as like."""


Groups = tuple[tuple[int, ...], ...]
"""Ids of tags, the likeliest group first."""


def named(typed: str, tags: Mapping[int, str]) -> Groups:
    """The tags (ids of `tags`) that words name or begin: the tag itself, then those of which a
    word begins like that (`type` means typescript)."""
    wanted = _fold(typed)
    return _groups({tag_id: _fold(name) for tag_id, name in tags.items()}, wanted)


def meanings(typed: str, tags: Mapping[int, str]) -> Groups:
    """The tags that words can mean.

    Those that are `named`; where there are none, the tags of single words among those typed; and
    where none of them names one either, the tags that are spelt most alike (`pyton` means python).
    """
    wanted = _fold(typed)
    names = {tag_id: _fold(name) for tag_id, name in tags.items()}
    return (
        _groups(names, wanted)
        or _merged(_groups(names, word) for word in _words(wanted))
        or _alike(names, wanted)
    )


def most_alike(wanted: str, spellings: Iterable[str]) -> list[str]:
    """The spelling that is most like what is wanted, and those about as like; none if none is."""
    found = process.extract(
        wanted, list(spellings), scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH, limit=10
    )
    return [each for each, score, _ in found if score >= found[0][1] - NEAR_THE_BEST]


def _groups(names: Mapping[int, str], wanted: str) -> Groups:
    if not wanted:
        return ()
    same = tuple(tag_id for tag_id, name in names.items() if name == wanted)
    begun = tuple(
        tag_id for tag_id, name in names.items() if f" {wanted}" in f" {name}" and name != wanted
    )
    return tuple(group for group in (same, begun) if group)


def _merged(found: Iterable[Groups]) -> Groups:
    """All tags of several words' groups, as one group."""
    merged = tuple(dict.fromkeys(tag for groups in found for group in groups for tag in group))
    return (merged,) if merged else ()


def _alike(names: Mapping[int, str], wanted: str) -> Groups:
    if len(wanted) < 3:
        return ()
    # Whole tags, their words, and their beginnings, since somebody may still be typing.
    spellings: dict[str, set[int]] = {}
    for tag_id, name in names.items():
        for spelling in {name, *name.split(), name[: len(wanted)]}:
            spellings.setdefault(spelling, set()).add(tag_id)
    close = most_alike(wanted, spellings)
    group = tuple(sorted({tag_id for spelling in close for tag_id in spellings[spelling]}))
    return (group,) if group else ()


@lru_cache(maxsize=50_000)  # The tags of many guilds; each keystroke compares all of one's own.
def _fold(text: str) -> str:
    """Words with single spaces, for comparing: `Code-Review` and `code review` are the same."""
    return " ".join(_words(unicodedata.normalize("NFKC", text).casefold()))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)
