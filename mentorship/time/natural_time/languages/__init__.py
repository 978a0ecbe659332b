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
from mentorship.time.natural_time.lexicon import Language

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
