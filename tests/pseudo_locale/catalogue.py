"""English with brackets and accents, a third longer: `⟦Ƈȧƞƈḗŀ şḗşşīǿƞˑˑˑˑˑ⟧`.

It can be turned back into English, whatever the code has done with it in the meantime.
"""

from __future__ import annotations

import math
import re
from gettext import NullTranslations

PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ACCENTED = "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑȦƁƇḒḖƑƓĦĪĴĶĿḾȠǾƤɊŘŞŦŬṼẆẊẎẐ"
FILLER = "ˑ"
LONGER_BY = 0.35

_ACCENTS = str.maketrans(PLAIN, ACCENTED)
_ENGLISH = str.maketrans(ACCENTED, PLAIN, f"⟦⟧⟪⟫{FILLER}")
_KEPT = re.compile(
    r"(```.*?```|`[^`]*`|\{[^{}]*\}|<[^<> ]+>|\]\([^)]*\)|https?://\S+|\*\*|__|~~|\|\||\n)", re.S
)
"""Parts of a text that stay as they are: code, values, mentions, addresses, marks."""
_BLOCK = re.compile(r"\A(?:> |-# |#{1,3} |[-*•] |\d+\. )*")


def accented(text: str) -> str:
    """Return a text in the pseudo-locale, each line in brackets of its own."""
    lines = text.split("\n")
    if "```" in text or not re.search(r"[^\W\d_]", _KEPT.sub("", text)):
        return text
    return "\n".join(map(_accented_line, lines))


def _accented_line(line: str) -> str:
    start = _BLOCK.match(line)
    assert start is not None
    rest = line[start.end() :]
    if not rest.strip():
        return line
    parts = _KEPT.split(rest)
    letters = sum(len(part) for part in parts[::2])
    written = "".join(
        part if number % 2 else part.translate(_ACCENTS) for number, part in enumerate(parts)
    )
    inner = written.strip()
    before, after = written[: written.index(inner)], written[written.index(inner) + len(inner) :]
    filler = FILLER * math.ceil(letters * LONGER_BY)
    return f"{line[: start.end()]}{before}⟦{inner}{filler}⟧{after}"


def english(text: str) -> str:
    """Return a text of the pseudo-locale as it is in English."""
    return text.translate(_ENGLISH)


class PseudoTranslations(NullTranslations):
    """The pseudo-locale as a gettext catalogue. Names of commands stay as they are."""

    def gettext(self, message: str) -> str:
        return accented(message)

    def pgettext(self, context: str, message: str) -> str:
        if context.startswith(("name of /", "option of /")):
            return message
        return _with_context(accented(message))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return accented(singular if n == 1 else plural)

    def npgettext(self, context: str, singular: str, plural: str, n: int) -> str:
        return _with_context(accented(singular if n == 1 else plural))


def _with_context(text: str) -> str:
    """Use other brackets, since the context of a text may say in which sentence it stands."""
    return text.translate(str.maketrans("⟦⟧", "⟪⟫"))
