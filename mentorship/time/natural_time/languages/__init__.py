"""The words for times in each language that is read."""

from mentorship.time.natural_time.languages.arabic import ARABIC
from mentorship.time.natural_time.languages.dutch import DUTCH
from mentorship.time.natural_time.languages.english import ENGLISH
from mentorship.time.natural_time.languages.french import FRENCH
from mentorship.time.natural_time.languages.german import GERMAN
from mentorship.time.natural_time.languages.italian import ITALIAN
from mentorship.time.natural_time.languages.japanese import JAPANESE
from mentorship.time.natural_time.languages.portuguese import PORTUGUESE
from mentorship.time.natural_time.languages.spanish import SPANISH
from mentorship.time.natural_time.vocabulary import Language

LANGUAGES: tuple[Language, ...] = (
    ENGLISH,
    GERMAN,
    FRENCH,
    SPANISH,
    ITALIAN,
    PORTUGUESE,
    DUTCH,
    JAPANESE,
    ARABIC,
)


def find(locale: str | None) -> Language | None:
    """Return the language of a Discord locale or BCP 47 tag, None if it isn't read."""
    code = (locale or "").partition("-")[0]
    return next((language for language in LANGUAGES if language.code == code), None)


def find_or_english(locale: str | None) -> Language:
    """Return the language of a locale, English if it isn't read."""
    return find(locale) or ENGLISH
