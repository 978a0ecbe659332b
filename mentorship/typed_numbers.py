"""Whole numbers as people type them into forms. Pure."""

from __future__ import annotations

import re
import unicodedata

MAX_DIGITS = 16

_SPACES = " _'’\u00a0\u2009\u202f"
"""They separate thousands wherever somebody writes them."""
_COMMA_LANGUAGES = frozenset(
    (None, "ar", "en", "es-419", "he", "hi", "ja", "ko", "th", "zh-CN", "zh-TW")
)
"""The Discord languages that separate thousands by a comma."""
_FULL_STOP_LANGUAGES = frozenset(
    ("da", "de", "el", "es", "hr", "id", "it", "nl", "pt", "ro", "tr", "vi")
)


def parse_whole_number(text: str, locale: str | None = None) -> int | None:
    """Return a number of at most `MAX_DIGITS`: `1000`, `1,000`, `1 000`; None if it isn't one.

    No sign and no fraction. `locale` is the writer's Discord locale, by which a comma or a full
    stop separates thousands: `1.200` is 1,200 in German and no whole number in English. The digits
    are those of any script.
    """
    digits = _in_ascii("".join(char for char in text if unicodedata.category(char) != "Cf").strip())
    separators = re.escape(_SPACES + _separator(locale))
    # A separator stands before three digits only; before others it may be a decimal point.
    pattern = rf"[0-9]+|[0-9]{{1,3}}(?P<first>[{separators}])[0-9]{{3}}(?:(?P=first)[0-9]{{3}})*"
    if digits is None or not re.fullmatch(pattern, digits):
        return None
    plain = re.sub(r"\D", "", digits)
    return int(plain) if len(plain) <= MAX_DIGITS else None


def _separator(locale: str | None) -> str:
    language = (locale or "").partition("-")[0]
    if locale in _COMMA_LANGUAGES or locale == "" or language in _COMMA_LANGUAGES:
        # With Arabic digits, Arabic has signs of its own.
        return ",٬،" if language == "ar" else ","
    return "." if language in _FULL_STOP_LANGUAGES else ""


def _in_ascii(text: str) -> str | None:
    """Return text with digits of 0 to 9, None if it has digits of several scripts."""
    scripts: set[int] = set()
    plain = ""
    for char in text:
        if unicodedata.category(char) == "Nd":
            digit = unicodedata.decimal(char)
            scripts.add(ord(char) - digit)
            plain += str(digit)
        elif unicodedata.decomposition(char).startswith("<wide>"):
            plain += unicodedata.normalize("NFKC", char)
        else:
            plain += char
    return plain if len(scripts) < 2 else None
