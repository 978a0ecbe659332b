"""The catalogues of `wording/locales`, a gettext file for each language.

`LANGUAGE/LC_MESSAGES/messages.po` is what translators write. It is compiled to `messages.mo` when
the program is built or started; until then, it is compiled in memory when it is first needed. A
language is there as soon as its file is.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

from wording import cldr, command_names
from wording.cldr import Formats

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "locales"
DOMAIN = "messages"

_RIGHT_TO_LEFT = frozenset(("ar", "fa", "he", "ur"))


class Catalogue:
    """The texts and habits of one language, as a reader with the tag `tag` has them."""

    def __init__(self, tag: str, translations: NullTranslations) -> None:
        self.tag = tag
        self.is_right_to_left = tag.partition("-")[0] in _RIGHT_TO_LEFT
        self.gettext = translations.gettext
        self.pgettext = translations.pgettext
        self.ngettext = translations.ngettext
        self.npgettext = translations.npgettext

    @cached_property
    def formats(self) -> Formats:
        """How the language writes numbers, dates and lists."""
        return cldr.load(self.tag)


ENGLISH = Catalogue("en", NullTranslations())

_registered: dict[str, Catalogue] = {}


def register(tag: str, catalogue: Catalogue | None) -> None:
    """Use a catalogue for a tag instead of its file, or without one; None undoes that."""
    if catalogue is None:
        _registered.pop(tag, None)
    else:
        _registered[tag] = catalogue
    for cached in (tags, find, _language_of):
        cached.cache_clear()


@contextmanager
def registered(tag: str, catalogue: Catalogue) -> Iterator[None]:
    """Use a catalogue for a tag inside this context, and then what was used before."""
    before = _registered.get(tag)
    register(tag, catalogue)
    try:
        yield
    finally:
        register(tag, before)


@cache
def tags() -> tuple[str, ...]:
    """Return the tags of all languages, English first: `en`, `ar`, `de`, … `pt-BR`.

    The folder is read once, because almost every text with a place or a number asks.
    """
    names = (path.parent.parent.name.replace("_", "-") for path in files())
    others = (tag for tag in (*names, *_registered) if tag.partition("-")[0] != "en")
    return ("en", *sorted({*others}))


def files() -> list[Path]:
    """Return the translators' files."""
    return sorted(FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


@lru_cache
def find(locale: str | None) -> Catalogue:
    """Return the catalogue for a Discord locale or BCP 47 tag; English if there is none.

    `es-419` and `es-ES` share the texts of `es`, each with its own numbers and dates.
    """
    tag = locale or "en"
    if tag in _registered:
        return _registered[tag]
    language = _language_of(tag)
    if language in _registered:
        return _registered[language]
    if language is None:
        # American dates are English, too; other languages without texts get those of `en`.
        return Catalogue("en-US", NullTranslations()) if tag == "en-US" else ENGLISH
    # Discord's `en-US` and `es-419` have numbers or dates of their own; `pt-PT` has no texts.
    own = tag if tag.partition("-")[0] == language else language
    return Catalogue(own, _load(language))


def language_tag(locale: str | None) -> str:
    """Return the tag of the catalogue that a Discord locale gets: `es` for `es-419`."""
    return _language_of(locale or "en") or "en"


@lru_cache
def _language_of(tag: str) -> str | None:
    known = [each for each in tags() if each != "en"]
    if tag in known:
        return tag
    primary = tag.partition("-")[0]
    return next((each for each in known if each.partition("-")[0] == primary), None)


@lru_cache
def _load(language: str) -> NullTranslations:
    source = FOLDER / language.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not _is_compiled(source):
        return _Translations(io.BytesIO(_compile(source)))
    with source.with_suffix(".mo").open("rb") as file:
        return _Translations(file)


def _is_compiled(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime


class _Translations(GNUTranslations):
    """Texts in which commands have the names that Discord shows in the language."""

    _catalog: dict[Any, str]

    def _parse(self, file: Any) -> None:
        super()._parse(file)
        # All languages have the same keys, the English texts.
        self._catalog = {
            sys.intern(key) if isinstance(key, str) else key: text
            for key, text in self._catalog.items()
        }
        for key, text in self._catalog.items():
            if "`/" in text:
                self._catalog[key] = command_names.localise(text, self.pgettext)


def load_all() -> None:
    """Load all catalogues, so that no reader waits for one; compiles those that aren't yet.

    Call it when a program starts.
    """
    try:
        compile_all()
    except OSError:
        log.info("the catalogues are compiled in memory, because their folder can't be written to")
    for tag in tags():
        _ = find(tag).formats


def compile_all() -> None:
    """Write the compiled catalogues that are missing or older than the translators' files."""
    for source in files():
        if not _is_compiled(source):
            unfinished = source.with_suffix(f".{os.getpid()}.tmp")
            unfinished.write_bytes(_compile(source))
            unfinished.replace(source.with_suffix(".mo"))


def _compile(source: Path) -> bytes:
    """Return a compiled catalogue, without unfinished (fuzzy) texts."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file)
    content = io.BytesIO()
    write_mo(content, catalogue)
    return content.getvalue()
