"""Whole numbers as people type them into forms. Pure."""

from __future__ import annotations

import re

# A comma separates thousands only before three digits; before others it may be decimal.
_WHOLE_NUMBER = re.compile(r"[0-9]{1,16}|[0-9]{1,3}([,_ ][0-9]{3}){1,4}")
_SEPARATOR = re.compile(r"[,_ ]")


def parse_whole_number(text: str) -> int | None:
    """Return a typed number of at most 16 digits: `1000`, `1,000`, `1 000`; None if it isn't one.

    No sign, no fraction, and no digits but 0 to 9.
    """
    text = text.strip()
    return int(_SEPARATOR.sub("", text)) if _WHOLE_NUMBER.fullmatch(text) else None
