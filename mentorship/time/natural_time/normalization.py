"""Bring typed text into one spelling before it is read: digits, signs, case and marks."""

import re
import unicodedata
from functools import lru_cache

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−﹣~〜", "-"),
        **dict.fromkeys("’‘`´ʼ'", " "),
        **dict.fromkeys("∶︰", ":"),
        **dict.fromkeys("º°", "o"),
        "ª": "a",
        **dict.fromkeys("、،，・", ","),
        "。": " ",
        "؟": "?",
        "؛": ";",
        # Arabic letters that people write one for the other, and the stroke that lengthens words.
        "ى": "ي",
        "ة": "ه",
        "ـ": "",
        "ß": "ss",
        "ø": "o",
        "ı": "i",
        "@": " at ",
    }
)
_KANA_MARKS = "\u3099\u309a"
_FULL_STOP = re.compile(r"(?<=[a-z])\.")
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

    Arabic is left without vowel marks and hamzas. The marks of Japanese が and ぱ are letters.

    Digits of every script and full-width letters become ASCII; superscripts, fractions and the
    like stay what they are, since `3²` isn't 32.
    """
    plain = "".join(map(_plain, text)).casefold().translate(_SIGNS)
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFD", plain)
        plain = "".join(
            char for char in decomposed if char in _KANA_MARKS or not unicodedata.combining(char)
        )
        if any(mark in plain for mark in _KANA_MARKS):
            plain = unicodedata.normalize("NFC", plain)
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


def fold(text: str) -> tuple[str, list[int]]:
    """Return text as `normalize` does, but every sign kept, and where each character was typed.

    The positions have one more entry, for the end. A full stop behind a letter becomes a space.
    """
    if text.isascii():
        folded_text = _FULL_STOP.sub(" ", text.lower().replace("@", " ").translate(_SIGNS))
        return folded_text, [*range(len(text) + 1)]
    plain: list[str] = []
    positions: list[int] = []
    for at, char in enumerate(text):
        if char in _KANA_MARKS and plain:
            plain[-1] = unicodedata.normalize("NFC", plain[-1] + char)
            continue
        folded = " " if char == "@" else normalize_sign(char)
        if folded == "." and plain and plain[-1].isalpha():
            folded = " "
        plain += folded
        positions += [at] * len(folded)
    return "".join(plain), [*positions, len(text)]


@lru_cache(maxsize=1_024)
def normalize_sign(char: str) -> str:
    """Return one character in one spelling; nothing for a mark."""
    plain = _plain(char).casefold().translate(_SIGNS)
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFD", plain)
    without_marks = "".join(each for each in decomposed if not unicodedata.combining(each))
    if any(mark in decomposed for mark in _KANA_MARKS):
        return plain
    return without_marks
