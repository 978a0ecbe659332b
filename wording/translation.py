"""Texts in the language of their reader.

A text is written in English where it is used, and marked with one of four functions, whose names
are those of gettext:

    _("{name} declined your session request.", name=name)
    ngettext("{count} seat is left.", "{count} seats are left.", seats)
    pgettext("a session without a price", "free")
    npgettext("of a mentor", "{count} rating", "{count} ratings", ratings)

They return the text in the language that `speaking` or `speak` has set, English before that. Values
are inserted where their names are in braces; `{count}` is the number that chooses the plural,
written as the language writes numbers. `N_` only marks a text, which `_` translates later; `nN_`
does so for `ngettext`.

`make translations` collects the marked texts for the catalogues in `wording/locales`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

from wording import catalogues
from wording.catalogues import Catalogue
from wording.cldr import format_number

_current: ContextVar[Catalogue] = ContextVar("language", default=catalogues.ENGLISH)

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
_IN_MARKUP = re.compile(r"(?:[`<#@&/=]|\]\()\{(\w+)\}")
LINE_START_MARK = r"(?:> |-# |#{1,3} |[-*] |\d+\. )"
"""Markup that Discord knows at the start of a line only, so that nothing can be put before it."""

_BLOCK = re.compile(rf"\n|\A(?:{LINE_START_MARK}|```)")


@contextmanager
def speaking(locale: str | None) -> Iterator[None]:
    """Write the texts inside this context in the language of a BCP 47 tag, such as `pt-BR`.

    A language without a catalogue, and None, are English.
    """
    token = _current.set(catalogues.find(locale))
    try:
        yield
    finally:
        _current.reset(token)


def speak(locale: str | None) -> None:
    """Write all texts in a language from here on, in a task or thread that has one reader."""
    _current.set(catalogues.find(locale))


def current_language() -> str:
    """Return the BCP 47 tag of the language that is spoken, such as `de` or `pt-BR`."""
    return _current.get().tag


def is_right_to_left() -> bool:
    """Tell whether the language that is spoken is written from right to left."""
    return _current.get().is_right_to_left


def N_(text: str) -> str:  # gettext's own name
    """Mark a text for the catalogues without translating it."""
    return text


class Plural(NamedTuple):
    """A text that has two forms in English, which `ngettext` translates where it is used."""

    singular: str
    plural: str


def nN_(singular: str, plural: str) -> Plural:  # as N_
    """Mark both forms of a text for the catalogues without translating it."""
    return Plural(singular, plural)


def _(text: str, /, **values: object) -> str:
    """Return a text with its values, in the reader's language."""
    catalogue = _current.get()
    return _fill(catalogue, catalogue.gettext(text), values)


def pgettext(context: str, text: str, /, **values: object) -> str:
    """Return a text that means different things in different places; `context` says which."""
    catalogue = _current.get()
    return _fill(catalogue, catalogue.pgettext(context, text), values)


def ngettext(singular: str, plural: str, count: int, /, **values: object) -> str:
    """Return the form of a text for a number of things, which `{count}` stands for."""
    catalogue = _current.get()
    number = format_number(count, catalogue.formats)
    return _fill(catalogue, catalogue.ngettext(singular, plural, count), {"count": number} | values)


def npgettext(context: str, singular: str, plural: str, count: int, /, **values: object) -> str:
    """Return the form for a number of things of a text that needs a context."""
    catalogue = _current.get()
    number = format_number(count, catalogue.formats)
    text = catalogue.npgettext(context, singular, plural, count)
    return _fill(catalogue, text, {"count": number} | values)


def sentences(*parts: str) -> str:
    """Join sentences to a paragraph, with a space where the language has one. Skips empty ones."""
    return _current.get().formats.sentence_space.join(part for part in parts if part)


def isolated(text: str) -> str:
    """Keep the letters around a name or number from changing its order, and it theirs.

    That is where either is written from right to left: Unicode's bidirectional algorithm would
    otherwise move the digits, brackets and full stops next to it.
    """
    return _isolate(_current.get(), text)


def _fill(catalogue: Catalogue, text: str, values: dict[str, object]) -> str:
    if not values:
        return text
    inside_markup = _values_in_markup(text)
    shown = {
        name: str(value) if name in inside_markup else _isolate(catalogue, str(value))
        for name, value in values.items()
    }
    return text.format_map(shown)


@lru_cache(maxsize=8_192)
def _values_in_markup(text: str) -> frozenset[str]:
    """Return the names of values that are inside code or an address, as in `<#{channel}>`."""
    return frozenset(_IN_MARKUP.findall(text))


def _isolate(catalogue: Catalogue, value: str) -> str:
    if not value or not (
        catalogue.is_right_to_left or (not value.isascii() and _RIGHT_TO_LEFT.search(value))
    ):
        return value
    if _BLOCK.search(value) or value.startswith(FIRST_STRONG_ISOLATE):
        return value
    return f"{FIRST_STRONG_ISOLATE}{value}{POP_ISOLATE}"
