"""Several things in one sentence, and what people typed as a part of it."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from wording import cldr
from wording.reader import Reader
from wording.translation import _, pgettext

LONGEST_QUOTE = 80
"""Characters of what somebody typed that an error repeats."""


def alternatives(items: Iterable[str], reader: Reader) -> str:
    """Join items as `a, b or c`."""
    return cldr.join([*items], reader.formats.alternatives)


def listed(items: Iterable[str], reader: Reader) -> str:
    """Join items as `a, b and c`."""
    return cldr.join([*items], reader.formats.lists)


def enumerated(items: Iterable[str], reader: Reader) -> str:
    """Join items as `a, b, c`, with the comma of the language.

    Arabic joins lists by its word for "and", which also joins the parts of one length of time.
    """
    texts = [*items]
    pattern = reader.formats.lists[2]
    if any(char.isalpha() for char in pattern):
        pattern = "{0}، {1}"
    return functools.reduce(pattern.format, texts) if texts else ""


def before_value(name: str) -> str:
    """Write the name of a value with the colon of the language: `Price:`, `Prix :`."""
    # Translators: your language's colon, and the space before it if there is one.
    return pgettext("before a value", "{name}:", name=name)


def typed(text: str, reader: Reader) -> str:
    """Quote what a person typed as inert text: no markdown, no mention, cut to `LONGEST_QUOTE`."""
    inert = text.replace("`", "'").replace("\n", " ").strip()
    return f"`{inert[:LONGEST_QUOTE]}`" if inert else _("an empty text")
