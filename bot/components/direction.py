"""The direction of lines in messages that are written from right to left.

Discord's clients may lay out a line from left to right whatever its language. So each line of such
a message is a right-to-left isolate of Unicode: its full stop, its numbers and names are then where
its reader expects them.
"""

from __future__ import annotations

import re
from unicodedata import bidirectional

from wording.translation import LINE_START_MARK, POP_ISOLATE

RIGHT_TO_LEFT_ISOLATE = "\u2067"

_MARKS = f"{LINE_START_MARK}*"

_LINE = re.compile(rf"(?P<marks>{_MARKS})(?P<text>.+)")
_DIRECTED = re.compile(
    rf"^(?P<marks>{_MARKS}){RIGHT_TO_LEFT_ISOLATE}(?P<text>.*){POP_ISOLATE}$", re.MULTILINE
)


def right_to_left(markup: str) -> str:
    """Return a text whose lines are laid out from right to left, but for blocks of code."""
    parts = markup.split("```")
    for number in range(0, len(parts), 2):
        parts[number] = "\n".join(map(_direct, parts[number].split("\n")))
    return "```".join(parts)


def _direct(line: str) -> str:
    match = _LINE.fullmatch(line)
    # A line without such a letter is somebody's own text, in a language of the other direction.
    if match is None or not any(bidirectional(letter) in ("R", "AL") for letter in line):
        return line
    return f"{match['marks']}{RIGHT_TO_LEFT_ISOLATE}{match['text']}{POP_ISOLATE}"


def undirected(markup: str) -> str:
    """Undo `right_to_left`."""
    return _DIRECTED.sub(r"\g<marks>\g<text>", markup)
