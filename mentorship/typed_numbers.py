"""Whole numbers as people type them into forms. Pure."""

from __future__ import annotations

import re

# A comma separates thousands only before three digits; before others it may be decimal.
_WHOLE_NUMBER = re.compile(r"[0-9]+|[0-9]{1,3}([,_ ][0-9]{3})+")
MAX_DIGITS = 16
_SEPARATOR = re.compile(r"[,_ ]")


def parse_whole_number(text: str) -> int | None:
    """Return a number of at most `MAX_DIGITS`: `1000`, `1,000`, `1 000`; None if it isn't one.

    No sign, no fraction, and no digits but 0 to 9.
    """
    text = text.strip()
    digits = _SEPARATOR.sub("", text)
    return int(digits) if _WHOLE_NUMBER.fullmatch(text) and len(digits) <= MAX_DIGITS else None
