"""The setup speaks its reader's language, and what it creates is named in the server's."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations

import pytest

from tests.journeys.moderation.test_setup import EVERYTHING, Bare
from tests.journeys.moderation.test_setup import bare as bare
from wording import catalogues
from wording.catalogues import Catalogue

GERMAN = {
    "mentor-log": "mentoren-protokoll",
    "Log channel": "Protokollkanal",
    "Where I log what moderators do, including changes here.": "Was Moderatoren tun.",
}


class FewTexts(NullTranslations):
    """A catalogue with the texts that the tests look at."""

    def gettext(self, message: str) -> str:
        return GERMAN.get(message, message)


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    """Let `de` have a catalogue of a few texts."""
    catalogues.register("de", Catalogue("de", FewTexts()))
    yield
    catalogues._registered.pop("de")
    catalogues.find.cache_clear()


async def test_a_created_channel_is_named_in_the_language_of_the_server(bare: Bare) -> None:
    bare.grant(EVERYTHING)
    bare.env.backend.edit_guild(bare.id, {"preferred_locale": "de"})
    operator = bare.operator
    await operator.open_setup()
    await operator.press("People and channels")
    # The page is for the operator, who reads English, and says what the server's people will see.
    assert "**Log channel**" in operator.text
    await operator.press("Create #mentoren-protokoll")
    assert "✅ I created <#" in operator.text
    channel = bare.channel_named("mentoren-protokoll")
    assert (await bare.settings()).log_channel_id == channel.id
    stored = bare.bot.get_channel(channel.id)
    assert getattr(stored, "topic", None) == "Was Moderatoren tun."
