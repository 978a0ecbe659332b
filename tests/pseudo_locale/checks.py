"""What is wrong with texts of the pseudo-locale that the bot sends to Discord."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import Any
from zoneinfo import available_timezones

import pytz
from babel import Locale

from tests.pseudo_locale.catalogue import english

_SHOWN = frozenset(
    ("content", "title", "label", "placeholder", "description", "name", "text", "topic")
)
"""The members of a payload that people read. A field's `value` is what they typed before."""

_BUTTON, _TEXT_INPUT, _MODAL_LABEL = 2, 4, 18
_MENUS = frozenset((3, 5, 6, 7, 8))
_TEXT_DISPLAY = 10
MAX_TEXT = 4_000
"""Characters of all text displays of a message."""

_LIMITS: dict[tuple[int, str], int] = {
    (_BUTTON, "label"): 80,
    (_TEXT_INPUT, "label"): 45,
    (_TEXT_INPUT, "placeholder"): 100,
    (_MODAL_LABEL, "label"): 45,
    (_MODAL_LABEL, "description"): 100,
    **{(menu, "placeholder"): 150 for menu in _MENUS},
}
_LIMIT_OF_CHOICE, _LIMIT_OF_TITLE, _LIMIT_OF_ALTERNATIVE_TEXT = 100, 45, 1_024
"""https://docs.discord.com/developers/components/reference"""

_NO_TEXT = re.compile(
    r"```.*?```|`[^`]*`|<[^<>]+>|\]\([^)]*\)|https?://\S+|\S+@\S+|[\w-]+\.(?:ics|csv|json|png|zip)",
    re.S,
)
_WORD = re.compile(r"[A-Za-z]{2,}")
_GLUED = re.compile(r"[A-Za-z][⟦⟪]|[⟧⟫][A-Za-z]")
_LABEL = re.compile(r"(?:[:“(·•,]\**[ ˑ]?|[Ŧŧ]ħḗ )$")
"""What stands before a value that is no part of a sentence: `Moderators: not chosen`.

After "the" comes the name of a setting or field, which other languages put in quotation marks.
"""
_TWO_TEXTS = re.compile(r"([^\s⟦⟧])ˑ*[⟧⟫] +⟦(\w)")

DATES = "Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
DATES += " Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec AM PM January February March April"
DATES += " June July August September October November December"
TERRITORIES = Locale("en").territories.values()
ZONES = " ".join((*available_timezones(), *pytz.country_names.values(), *TERRITORIES)).translate(
    str.maketrans("/_-,.'", "      ")
)
LISTS = "and or"
TYPED = "today tomorrow daily off it here"
ABBREVIATIONS = "EST EDT CST CDT MST MDT PST PDT BST CET CEST IST JST AEST AEDT GMT UTC KST"
ABBREVIATIONS += " MSK WAT WIB SAST AKST HST NZST NZDT EET EEST CAT EAT PKT HKT ACST AWST"
BRANDS = "Discord Google Outlook Apple Office Microsoft Meet Zoom Jitsi iCloud Fastmail Nextcloud"
BRANDS += (
    " GitHub LinkedIn Signal Thunderbird mentorbot Markdown CSV JSON API REST PNG URL ID https"
)

KNOWN = frozenset(f"{DATES} {TYPED} {LISTS} {ZONES} {ABBREVIATIONS} {BRANDS}".lower().split())
"""Words that are alike in the pseudo-locale: dates are CLDR's, the others are names."""


def words(text: str) -> set[str]:
    """Return the words of a text in lower case."""
    return {word.lower() for word in _WORD.findall(text)}


def problems(payload: Any, typed: Set[str]) -> Iterator[str]:
    """Return what is wrong with the texts of a payload, one line each.

    `typed` are the words that people have typed, and names.
    """
    if isinstance(payload, dict):
        for key, value in payload.items():
            if isinstance(value, str) and value:
                yield from _problems_of(payload, key, value, typed)
            else:
                yield from problems(value, typed)
        if payload.get("flags") and payload.get("components"):
            length = sum(map(len, _text_displays(payload["components"])))
            if length > MAX_TEXT:
                yield f"a message has {length} characters: {_first_words(payload)}"
    elif isinstance(payload, list):
        for each in payload:
            yield from problems(each, typed)


def _problems_of(owner: dict[str, Any], key: str, text: str, typed: Set[str]) -> Iterator[str]:
    if key not in _SHOWN:
        if key != "value" and re.search("[⟦⟪]", text):
            yield f"{key} depends on the language: {text!r}"
        return
    limit = _limit_of(owner, key)
    if len(text) > limit:
        yield f"{key} has {len(text)} characters instead of {limit}: {english(text)!r}"
    yield from text_problems(text, typed, f"{key} of {owner.get('type')}")


def _limit_of(owner: dict[str, Any], key: str) -> int:
    """Return how many characters Discord takes in a member of a payload."""
    if isinstance(kind := owner.get("type"), int) and (kind, key) in _LIMITS:
        return _LIMITS[kind, key]
    if "value" in owner and key in ("name", "label", "description"):
        return _LIMIT_OF_CHOICE
    if "custom_id" in owner and key == "title":
        return _LIMIT_OF_TITLE
    return _LIMIT_OF_ALTERNATIVE_TEXT if key == "description" else MAX_TEXT


def text_problems(text: str, typed: Set[str], where: str) -> Iterator[str]:
    """Return what is wrong with a text that people read."""
    shown = _NO_TEXT.sub(" ", text)
    unmarked = sorted(words(shown) - KNOWN - typed)
    if unmarked:
        yield f"{where}: not marked: {', '.join(unmarked)} in {text!r}"
    if _GLUED.search(shown):
        yield f"{where}: glued to a letter: {text!r}"
    for before, after in _TWO_TEXTS.findall(shown):
        if before not in ".!?…:)" and english(after).islower():
            yield f"{where}: two texts in one sentence: {text!r}"
    for inner in _values(shown):
        if inner[:1].islower() and " " in inner:
            yield f"{where}: a part of a sentence as a value: {inner!r} in {text!r}"


def _values(text: str) -> Iterator[str]:
    """Return the translated texts inside of the sentences of others, in English."""
    opened: list[int] = []
    for place, letter in enumerate(text):
        if letter in "⟦⟪":
            opened.append(place)
        elif letter in "⟧⟫" and opened:
            start = opened.pop()
            if opened and letter == "⟧" and not _LABEL.search(text[:start]):
                yield english(text[start : place + 1])


def _text_displays(components: list[Any]) -> Iterator[str]:
    for component in components:
        if component.get("type") == _TEXT_DISPLAY:
            yield component["content"]
        yield from _text_displays(component.get("components") or [])


def _first_words(payload: dict[str, Any]) -> str:
    return english(next(_text_displays(payload["components"]), ""))[:80]
