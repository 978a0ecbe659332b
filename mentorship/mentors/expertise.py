"""Match typed words against a guild's expertise tags, forgiving misspellings. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import fuzz, process

_WORD = re.compile(r"[^\W_]+[+#]*")

MIN_SIMILARITY = 75
"""The least similarity (rapidfuzz's ratio, 0 to 100) of a match: `pyton` and `python` have 91."""

SIMILARITY_MARGIN = 6
"""How far below the best match other matches may be."""

TagGroups = tuple[tuple[int, ...], ...]
"""Ids of tags in groups, the best match first."""


def match_tags_by_name(typed: str, tags: Mapping[int, str]) -> TagGroups:
    """Find the tags that are the typed words, then those with a word that starts like them.

    `tags` maps ids to names. `type` matches typescript.
    """
    query = _fold(typed)
    return _group_by_name({tag_id: _fold(name) for tag_id, name in tags.items()}, query)


def match_tags(typed: str, tags: Mapping[int, str]) -> TagGroups:
    """Find the tags that typed words can mean.

    First by `match_tags_by_name`. Without a match each typed word is matched alone, and without a
    match again the most similar spellings are taken (`pyton` matches python).
    """
    query = _fold(typed)
    names = {tag_id: _fold(name) for tag_id, name in tags.items()}
    return (
        _group_by_name(names, query)
        or _merge(_group_by_name(names, word) for word in _words(query))
        or _match_similar(names, query)
    )


def closest_spellings(query: str, spellings: Iterable[str]) -> list[str]:
    """Return the most similar spelling and those within `SIMILARITY_MARGIN` of it, best first.

    Empty if none reaches `MIN_SIMILARITY`.
    """
    matches = process.extract(
        query, list(spellings), scorer=fuzz.ratio, score_cutoff=MIN_SIMILARITY, limit=10
    )
    if not matches:
        return []
    least = matches[0][1] - SIMILARITY_MARGIN
    return [spelling for spelling, score, _ in matches if score >= least]


def _group_by_name(names: Mapping[int, str], query: str) -> TagGroups:
    if not query:
        return ()
    equal = tuple(tag_id for tag_id, name in names.items() if name == query)
    prefixed = tuple(
        tag_id for tag_id, name in names.items() if f" {query}" in f" {name}" and name != query
    )
    return tuple(group for group in (equal, prefixed) if group)


def _merge(matches: Iterable[TagGroups]) -> TagGroups:
    """Merge the matches of several words into one group."""
    merged = tuple(dict.fromkeys(tag for groups in matches for group in groups for tag in group))
    return (merged,) if merged else ()


def _match_similar(names: Mapping[int, str], query: str) -> TagGroups:
    if len(query) < 3:
        return ()
    spellings = _spellings(tuple(names.items()), len(query))
    closest = closest_spellings(query, spellings)
    group = tuple(sorted({tag_id for spelling in closest for tag_id in spellings[spelling]}))
    return (group,) if group else ()


# Sized for the keystrokes in a few big guilds at a time.
@lru_cache(maxsize=100)
def _spellings(names: tuple[tuple[int, str], ...], length: int) -> Mapping[str, set[int]]:
    """Return the ids of tags by their spellings: whole, each word, and the first `length` letters.

    The query may be half a word, so prefixes count.
    """
    spellings: dict[str, set[int]] = {}
    for tag_id, name in names:
        for spelling in {name, *name.split(), name[:length]}:
            spellings.setdefault(spelling, set()).add(tag_id)
    return spellings


# Sized for the tags of many guilds: each keystroke compares all tags of one guild.
@lru_cache(maxsize=50_000)
def _fold(text: str) -> str:
    """Fold text for comparison, so that `Code-Review` equals `code review`."""
    return " ".join(_words(unicodedata.normalize("NFKC", text).casefold()))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)
