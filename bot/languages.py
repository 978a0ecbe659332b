"""The language in which a person who acts is answered: the one they chose, or Discord's."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping

import discord

from mentorship.members import languages
from storage import Database
from wording.translation import speak

log = logging.getLogger(__name__)

MAX_AGE_S = 60.0
"""How long a choice that another process has stored may go unnoticed."""

TIMEOUT_S = 0.5
"""How long an interaction waits for the choices; it must be acknowledged within three seconds."""

_LOCALE = "locale"


class LanguageChoices:
    """The languages that people have chosen with `/language`, kept in memory.

    Few people choose one, and each interaction needs to know. So a click costs no query: all
    choices are read at once, at the first interaction and then at most once in `MAX_AGE_S`. While
    the database doesn't answer, those known before count.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._choices: Mapping[int, str] = {}
        self._read_at: float | None = None

    async def of(self, user_id: int) -> str | None:
        """Return the language that a person has chosen, None for that of their Discord client."""
        now = time.monotonic()
        if self._read_at is None or now - self._read_at > MAX_AGE_S:
            self._read_at = now  # Others who act meanwhile don't read it again.
            await self._read()
        return self._choices.get(user_id)

    def remember(self, user_id: int, tag: str | None) -> None:
        """Note a choice that this process has stored."""
        choices = dict(self._choices)
        choices.pop(user_id, None)
        self._choices = choices if tag is None else choices | {user_id: tag}

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                self._choices = await self._db.read(languages.load_choices)
        except Exception as error:
            log.warning("can't read the languages that people chose", extra={"problem": str(error)})


def locale_of(interaction: discord.Interaction) -> str:
    """Return the BCP 47 tag of the language and habits of the person who acts."""
    locale: str = interaction.extras.get(_LOCALE) or str(interaction.locale)
    return locale


async def speak_to(interaction: discord.Interaction) -> None:
    """Write everything from here on in the language of the person who acts.

    Call it in the task that answers the interaction, before any text is written. A choice such as
    `es` keeps the habits of a Discord client in the same language, such as `es-419`.
    """
    choices: LanguageChoices | None = getattr(interaction.client, "languages", None)
    chosen = await choices.of(interaction.user.id) if choices is not None else None
    locale = str(interaction.locale)
    if chosen is not None and chosen.partition("-")[0] != locale.partition("-")[0]:
        locale = chosen
    interaction.extras[_LOCALE] = locale
    speak(locale)
