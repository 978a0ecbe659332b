"""The language of cards in a review channel: the server's, whoever presses their buttons."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations

import pytest

from tests.journeys.sessions.test_session_life import over, says_missed
from tests.journeys.support.scenarios import approved_mentor, submit_application
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text
from wording import catalogues
from wording.catalogues import Catalogue


class _Marked(NullTranslations):
    """A language whose texts are the English ones in angle quotes."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"

    def pgettext(self, context: str, message: str) -> str:
        return f"«{message}»"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"«{msgid1 if n == 1 else msgid2}»"


@pytest.fixture
def marked_server_language() -> Iterator[None]:
    """Mark the texts in the server's language, American English; members have the British one."""
    with catalogues.registered("en-US", Catalogue("en-US", _Marked())):
        yield


@pytest.mark.parametrize("label", ["Approve", "Ask for changes"])
async def test_a_decided_application_is_in_the_servers_language(
    guild: SimulatedGuild, request: pytest.FixtureRequest, label: str
) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    card = guild.review_channel.last_message
    request.getfixturevalue("marked_server_language")
    pressed = await priya.click(card, label=label)
    if pressed.modal is not None:
        await priya.submit_modal(pressed, {"reason": "Tell us more."})
    text = message_text(guild.review_channel.last_message)
    assert text.startswith(f"«{'Approved' if label == 'Approve' else 'Changes requested'} by ")
    assert "«Expertise»:" in text


async def test_a_confirmed_grant_is_in_the_servers_language(
    guild: SimulatedGuild, request: pytest.FixtureRequest
) -> None:
    priya, quentin = await guild.add_moderator("Priya"), await guild.add_moderator("Quentin")
    maya = await guild.add_member("Maya")
    card = await priya.slash(
        guild.channel, "moderation grant", member=maya, amount=50_000, reason="First prize."
    )
    await priya.click(card.response, label="Confirm")
    await guild.deliver()
    card = guild.review_channel.last_message
    assert button_labels(card) == ["Confirm grant", "Reject"]
    request.getfixturevalue("marked_server_language")
    await quentin.click(card, label="Confirm grant")
    text = message_text(guild.review_channel.last_message)
    assert text.startswith(f"«Confirmed by <@{quentin.id}>.»")


async def test_a_resolved_dispute_is_in_the_servers_language(
    guild: SimulatedGuild, request: pytest.FixtureRequest
) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await over(guild, maya, oliver)
    await says_missed(guild, maya)
    await oliver.user.click(guild.last_dm(oliver), label="We met")
    await guild.deliver()
    card = guild.review_channel.last_message
    assert button_labels(card) == ["Pay the mentor", "Refund the mentee", "Split it"]
    request.getfixturevalue("marked_server_language")
    await priya.click(card, label="Refund the mentee")
    text = message_text(guild.review_channel.last_message)
    assert text.startswith("«The dispute between ")
    assert "«Maya is refunded 🪙 60.»" in text
