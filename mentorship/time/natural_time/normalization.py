"""Bring typed text into one spelling before it is read: digits, signs, case and accents."""

import re
import unicodedata

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−﹣", "-"),
        **dict.fromkeys("’‘`´ʼ'", " "),
        **dict.fromkeys("∶︰", ":"),
        **dict.fromkeys("º°", "o"),
        "ª": "a",
        **dict.fromkeys("、،，", ","),
        "ß": "ss",
        "ø": "o",
        "ı": "i",
        "@": " at ",
    }
)
_SPELLINGS = (
    # `3 p.m.` and `3 a. m.`, and the full stop of an abbreviation: `nov.`, `tue.`
    (re.compile(r"\b([ap])\s?\.\s?m\b\.?"), r"\1m"),
    (re.compile(r"(?<=[a-z])\."), " "),
    (re.compile(r"(?<=\d:\d\d)\.$"), ""),
    # Dutch `t/m`: until and including.
    (re.compile(r"\bt/m\b"), "t m"),
    (re.compile(r"\s+"), " "),
)


def normalize(text: str) -> str:
    """Return text in lower case, with ASCII digits and plain signs, without accents.

    Digits of every script and full-width letters become ASCII; superscripts, fractions and the
    like stay what they are, since `3²` isn't 32.
    """
    plain = "".join(map(_plain, text)).casefold().translate(_SIGNS)
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFD", plain)
        plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    for pattern, replacement in _SPELLINGS:
        plain = pattern.sub(replacement, plain)
    return plain.strip().rstrip("!?").strip()


def _plain(char: str) -> str:
    if char.isascii():
        return char
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Cf":
        # Marks of the writing direction, and other signs that nobody sees.
        return ""
    if unicodedata.decomposition(char).startswith(("<wide>", "<narrow>", "<noBreak>")):
        return unicodedata.normalize("NFKC", char)
    return char
