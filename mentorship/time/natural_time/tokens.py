"""Dividing a text into tokens of a language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mentorship.time.natural_time.lexicon import Lexicon
from mentorship.time.natural_time.numbers import WORD, DateOrder, meaning_of_digits
from mentorship.time.natural_time.vocabulary import Kind, Token

_MOST_TOKENS = 40


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text as tokens of one language.

    - `has_words`: there is more than digits.
    - `is_distinctive`: one of its words exists in that language only, as far as is known.
    - `is_doubtful`: it has words, but all of them can mean something else in another language.
    """

    tokens: tuple[Token, ...]
    has_words: bool
    is_distinctive: bool
    is_doubtful: bool


def tokenize(text: str, lexicon: Lexicon, order: DateOrder) -> Sentence | None:
    """Divide a normalized text into tokens; None if the language lacks one of its words."""
    matches = list(WORD.finditer(text))
    if len(matches) > _MOST_TOKENS:
        return None
    matches = [match for match in matches if match.lastgroup != "space"]
    words = [match.group() for match in matches]
    if lexicon.divides_words:
        divided = _divide(matches, lexicon)
        if divided is None:
            return None
        words, matches = divided
    tokens: list[Token] = []
    is_distinctive = has_words = has_sure_words = has_weak_words = False
    at = 0
    while at < len(words):
        match = matches[at]
        found = lexicon.match(words, at)
        if found is not None:
            end, meanings = found
            phrase = " ".join(words[at:end])
            if match.lastgroup != "sign":
                has_words = True
                is_distinctive = is_distinctive or lexicon.is_distinctive(phrase)
                is_weak = lexicon.is_weak(phrase)
                has_weak_words = has_weak_words or is_weak
                # Letters such as the h of `15h` are of no language.
                is_sure = not is_weak and len(phrase) > 1 and phrase not in ("am", "pm")
                has_sure_words = has_sure_words or is_sure
            tokens += [Token(each, phrase) for each in meanings if Kind.FILLER not in each]
            at = end
            continue
        meaning = meaning_of_digits(match, order)
        if meaning is None:
            return None
        at += 1
        written = match.group()
        is_glued = at < len(words) and matches[at].start() == match.end()
        if Kind.NUMBER in meaning and is_glued and lexicon.ordinals.fullmatch(words[at]):
            meaning = {Kind.ORDINAL: int(match.group())}
            at, written = at + 1, written + words[at]
        elif Kind.NUMBER in meaning and is_glued and words[at] == lexicon.language.month_suffix:
            if not 1 <= int(match.group()) <= 12:
                return None
            meaning = {Kind.MONTH: int(match.group())}
            at, written = at + 1, written + words[at]
        tokens.append(Token(meaning, written))
    is_doubtful = has_weak_words and not has_sure_words
    return Sentence(tuple(tokens), has_words, is_distinctive, is_doubtful)


def _divide(
    matches: list[re.Match[str]], lexicon: Lexicon
) -> tuple[list[str], list[re.Match[str]]] | None:
    """Return words, and the match that each is a part of; None if one of them is unknown."""
    words: list[str] = []
    parts: list[re.Match[str]] = []
    for match in matches:
        divided = [match.group()]
        if match.lastgroup == "letters":
            found = lexicon.divide(match.group())
            if found is None:
                return None
            divided = found
        words += divided
        parts += [match] * len(divided)
    return words, parts
