"""The names of the languages that there are texts in."""

from __future__ import annotations

from wording import catalogues
from wording.translation import pgettext, speaking


def name(tag: str) -> str:
    """Return what a language calls itself: `Deutsch`; the tag of one that has no texts."""
    if catalogues.language_tag(tag) == "en" and not tag.startswith("en"):
        return tag
    with speaking(tag):
        # Translators: Name your own language here, such as "Deutsch".
        return pgettext("the name of this language", "English")


def names() -> dict[str, str]:
    """Return the languages that people can choose, by their tags: `{"en": "English", …}`."""
    return {tag: name(tag) for tag in catalogues.tags()}
