"""The typefaces of pictures, and which of them has a letter.

Most texts are in DejaVu Sans, which has Latin, Cyrillic, Greek, Hebrew and Arabic letters. Names
and what communities typed can be in any script. A letter that no typeface has is never drawn as
a box: letters become `…`, and symbols, emoji among them, are left out.
"""

from __future__ import annotations

import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont


@dataclass(frozen=True, slots=True)
class Typeface:
    """A typeface, and the file in which a package has it.

    `needs_shaping` is whether its letters have to be arranged by the rules of their script.
    """

    name: str
    package: str
    file: str
    needs_shaping: bool = False

    @property
    def path(self) -> Path | None:
        """The file, None if the package isn't installed. The package isn't imported."""
        # matplotlib takes a second to import, and the process that draws weeks has no use for it.
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            return None
        path = Path(spec.submodule_search_locations[0], self.file)
        return path if path.is_file() else None


DEJAVU = Typeface("DejaVu Sans", "matplotlib", "mpl-data/fonts/ttf/DejaVuSans.ttf")
CJK = Typeface("Noto Sans CJK JP", "noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf")
THAI = Typeface(
    "Noto Sans Thai", "fontpkg_noto_sans_thai", "files/NotoSansThai[wdth,wght].ttf", True
)
DEVANAGARI = Typeface(
    "Noto Sans Devanagari",
    "fontpkg_noto_sans_devanagari",
    "files/NotoSansDevanagari[wdth,wght].ttf",
    True,
)

TYPEFACES = (DEJAVU, CJK, THAI, DEVANAGARI)
"""Each for the letters that those before it lack."""

UNKNOWN = "…"
"""What is drawn instead of letters that no typeface has."""

FIRST_STRONG_ISOLATE, LEFT_TO_RIGHT_ISOLATE, RIGHT_TO_LEFT_ISOLATE = "\u2068", "\u2066", "\u2067"
POP_ISOLATE = "\u2069"
_ORDER = frozenset("\u200e\u200f\u061c\u2066\u2067\u2068\u2069")
"""Invisible characters that decide about the order of letters: marks and isolates."""


@lru_cache
def installed() -> tuple[Typeface, ...]:
    """Return the typefaces whose files are there."""
    return tuple(typeface for typeface in TYPEFACES if typeface.path is not None)


def has_letter(typeface: Typeface, letter: str) -> bool:
    """Tell whether a typeface has a shape for a letter."""
    return bisect_right(_borders_of(typeface), ord(letter)) % 2 == 1


@lru_cache
def _borders_of(typeface: Typeface) -> array[int]:
    """Return the code points at which letters that a typeface has, and has not, begin in turn."""
    with TTFont(typeface.path, lazy=True) as font:
        # The names of all shapes would take 36 MB for Japanese, Chinese and Korean.
        font.setGlyphOrder([""] * font["maxp"].numGlyphs)
        letters = sorted(font.getBestCmap() or ())
    borders = array("L")
    for code in letters:
        if borders and borders[-1] == code:
            borders[-1] = code + 1
        else:
            borders.extend((code, code + 1))
    return borders


def typeface_of(letter: str) -> Typeface | None:
    """Return the first typeface that has a letter, None if there is none."""
    return next((each for each in installed() if has_letter(each, letter)), None)


@lru_cache(maxsize=2_048)
def drawable(text: str) -> str:
    """Return a text without what no typeface has, and without overrides of its direction.

    A text of nothing else becomes `UNKNOWN`, so that it has a place.
    """
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    was_left_out = False
    for letter in unicodedata.normalize("NFC", text):
        category = unicodedata.category(letter)
        if letter in _ORDER:
            kept.append(letter)
        elif category.startswith("M") and was_left_out:
            continue  # It belongs to the letter before it.
        elif category.startswith("C") or _is_variation(letter):
            continue
        elif typeface_of(letter) is not None:
            kept.append(letter)
            was_left_out = False
        else:
            was_left_out = True
            if category.startswith(("L", "M", "N")) and (not kept or kept[-1] != UNKNOWN):
                kept.append(UNKNOWN)
    shown = "".join(kept)
    visible = shown.translate(dict.fromkeys(map(ord, _ORDER))).strip()
    return shown if visible or not text.strip() else UNKNOWN


def _is_variation(letter: str) -> bool:
    """Tell whether a character only chooses the look of the one before it, as emoji have."""
    return "\ufe00" <= letter <= "\ufe0f" or "\U0001f3fb" <= letter <= "\U0001f3ff"
