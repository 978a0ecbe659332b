"""The order in which the letters of a line are drawn, from left to right.

Arabic and Hebrew are written from right to left, with numbers and foreign names from left to right
between them, by Unicode's bidirectional algorithm (UAX #9). Arabic letters have the form that
their neighbours ask for. Pillow does both only where the system has a library that many servers
lack, so a picture would differ between machines.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display

from bot.pictures.typefaces import (
    FIRST_STRONG_ISOLATE,
    LEFT_TO_RIGHT_ISOLATE,
    POP_ISOLATE,
    RIGHT_TO_LEFT_ISOLATE,
)

_FORMS = ArabicReshaper({"ARABIC LIGATURE ALLAH": False})
"""DejaVu Sans has no letter for this word, in which many names end."""

_ISOLATES = (FIRST_STRONG_ISOLATE, LEFT_TO_RIGHT_ISOLATE, RIGHT_TO_LEFT_ISOLATE)
_RIGHT_TO_LEFT = ("R", "AL")
_NEUTRAL = range(0x2500, 0x2580)
"""Box-drawing characters, which are neutral as isolates are; they stand for them."""


@lru_cache(maxsize=2_048)
def visual_order(text: str, is_right_to_left: bool) -> str:
    """Return the letters of a line from left to right, without invisible characters.

    `is_right_to_left` is the direction of the line around its words. Pairs of brackets have no
    rule of their own (N0), so a name in brackets is best isolated.
    """
    if not is_right_to_left and text.isascii():
        return text
    line, isolates = _without_isolates(text)
    shown = get_display(_FORMS.reshape(line), base_dir="R" if is_right_to_left else "L")
    for stand_in, isolate in isolates.items():
        shown = shown.replace(stand_in, isolate)
    return "".join(letter for letter in shown if unicodedata.category(letter) != "Cf")


def _without_isolates(text: str) -> tuple[str, dict[str, str]]:
    """Replace each isolate by a neutral character, and return what these stand for.

    That is how the algorithm treats them; the library that is used doesn't know them.
    """
    unused = iter(chr(code) for code in _NEUTRAL if chr(code) not in text)
    line, isolates, at = "", {}, 0
    while at < len(text):
        if text[at] in _ISOLATES:
            end = _end_of_isolate(text, at)
            content = text[at + 1 : end]
            if (stand_in := next(unused, None)) is None:
                line += content
            else:
                isolates[stand_in] = visual_order(content, _is_right_to_left(text[at], content))
                line += stand_in
            at = end
        elif text[at] != POP_ISOLATE:
            line += text[at]
        at += 1
    return line, isolates


def _end_of_isolate(text: str, start: int) -> int:
    """Return the index of the character that ends the isolate, or of the text's end."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in _ISOLATES) - (text[at] == POP_ISOLATE)
        if not depth:
            return at
    return len(text)


def _is_right_to_left(isolate: str, content: str) -> bool:
    """Return the direction of an isolate: its own, or that of its first letter."""
    if isolate != FIRST_STRONG_ISOLATE:
        return isolate == RIGHT_TO_LEFT_ISOLATE
    directions = map(unicodedata.bidirectional, content)
    return next((each in _RIGHT_TO_LEFT for each in directions if each in ("L", "R", "AL")), False)
