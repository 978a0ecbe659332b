"""The setup speaks its reader's language, and what it creates is named in the server's."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations
from typing import Any

import pytest

from mentorship.administration import audit, setup
from tests.journeys.moderation.test_setup import EVERYTHING, Bare, manager
from tests.journeys.moderation.test_setup import bare as bare
from tests.journeys.support.components import iter_components
from wording import catalogues, languages
from wording.catalogues import Catalogue

GERMAN = {
    "English": "Deutsch",
    "mentor-log": "mentoren-protokoll",
    "Log channel": "Protokollkanal",
    "Where I log what moderators do, including changes here.": "Was Moderatoren tun.",
}


class FewTexts(NullTranslations):
    """A catalogue with the texts that the tests look at."""

    def gettext(self, message: str) -> str:
        return GERMAN.get(message, message)

    def pgettext(self, context: str, message: str) -> str:
        return GERMAN.get(message, message)


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    """Let `de` have a catalogue of a few texts."""
    with catalogues.registered("de", Catalogue("de", FewTexts())):
        yield


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


async def test_a_manager_chooses_the_language_of_messages_that_everyone_sees(bare: Bare) -> None:
    bare.grant(EVERYTHING)
    await bare.db.run(setup.configure, manager(bare), review_channel_id=bare.channel.id)
    operator = bare.operator
    await operator.open_setup()
    await operator.press("Language")
    options = _options(operator.page)
    assert list(options) == ["As in Discord's settings", *languages.names().values()]
    assert [name for name, is_selected in options.items() if is_selected] == list(options)[:1]
    await operator.select("Choose a language", "de")
    assert "✅ Saved. Messages from now on are in this language." in operator.text
    assert _options(operator.page)["Deutsch"]
    assert (await bare.settings()).language == "de"

    await operator.press("Back to the overview")
    await operator.press("People and channels")
    await operator.press("Create #mentoren-protokoll")
    entries = await bare.db.read(
        audit.list_entries, manager(bare), action=audit.SETTING_CHANGED, limit=9
    )
    assert {"setting": "language", "before": None, "after": "de"} in [
        entry.facts for entry in entries
    ]

    await operator.press("Back to the overview")
    await operator.press("Language")
    await operator.select("Choose a language", "discord")
    assert (await bare.settings()).language is None
    assert _options(operator.page)["As in Discord's settings"]


def _options(page: Any) -> dict[str, bool]:
    """Return the languages in the menu, and which of them is selected."""
    (menu,) = (part for part in iter_components(page) if part.get("options"))
    return {option["label"]: option.get("default", False) for option in menu["options"]}
