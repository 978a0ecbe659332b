"""Which letters can be drawn, and what is drawn instead of others."""

from __future__ import annotations

import unicodedata

import pytest
from fontTools.ttLib import TTFont

from bot.pictures import typefaces
from bot.pictures.typefaces import (
    TYPEFACES,
    Typeface,
    drawable,
    has_letter,
    installed,
    typeface_of,
)
from tests.bot.pictures.samples import LANGUAGES, NAMES


def test_every_typeface_is_installed() -> None:
    assert installed() == TYPEFACES


@pytest.mark.parametrize("text", [*LANGUAGES.values(), *NAMES])
def test_no_letter_of_a_language_or_a_name_is_left_out(text: str) -> None:
    assert drawable(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("🐍 python", " python"),
        ("python 🐍", "python "),
        ("👩\u200d💻 code 👍🏽", " code "),
        ("\u1a20\u1a21\u1a22 code", "… code"),
        ("\u1a20🐍\u1a21", "…"),
        ("🐍", "…"),
        ("\u202eOliver\u202c", "Oliver"),
        ("one\x00two", "onetwo"),
        ("\u2068\u2069", "…"),
        ("", ""),
        ("Jose\u0301", "José"),
        # A mark on a letter that is left out is left out as well.
        ("\U0001f40d\u0301a", "a"),
    ],
)
def test_what_no_typeface_has_is_left_out(text: str, shown: str) -> None:
    assert drawable(text) == shown


@pytest.mark.parametrize("typeface", TYPEFACES, ids=lambda typeface: typeface.name)
def test_the_letters_of_a_typeface_are_those_of_its_file(typeface: Typeface) -> None:
    with TTFont(typeface.path, lazy=True) as font:
        letters = set(font.getBestCmap() or ())
    known = {code for code in range(0x30000) if has_letter(typeface, chr(code))}
    assert known == {code for code in letters if code < 0x30000}


def test_isolates_stay_for_the_order_of_letters() -> None:
    assert drawable("\u2068محمد\u2069 12") == "\u2068محمد\u2069 12"


def test_a_missing_package_costs_only_its_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    without = tuple(each for each in TYPEFACES if each is not typefaces.CJK)
    monkeypatch.setattr(typefaces, "installed", lambda: without)
    drawable.cache_clear()
    try:
        assert typeface_of("田") is None
        assert drawable("田中 (Tokyo)") == "… (Tokyo)"
    finally:
        drawable.cache_clear()
