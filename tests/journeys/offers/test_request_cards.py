"""The card of a request for help in the guild's channel, with every message that people see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import discord
import pytest
import simcord

from bot.components.cards import Accent, build_layout
from bot.guilds import channel_cards as posting
from bot.guilds.request_cards import update_request_cards
from mentorship.actors import Actor
from mentorship.notifications import channel_cards
from mentorship.operations import erasure
from mentorship.sessions.offers import request_cards, request_views
from mentorship.statuses import HelpRequestStatus
from tests.journeys.offers.test_help_requests import ask, offer
from tests.journeys.support.scenarios import approved_mentor, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

POST = "/channels/*/messages"
EDIT = "/channels/*/messages/*"
CLOSED = {"status": 403, "code": 50013, "message": "Missing Permissions"}
GONE = {"status": 404, "code": 10003, "message": "Unknown Channel"}
ABOUT = "My tests are slow."


@dataclass
class Board:
    """The channel for requests for help, and people who use it."""

    guild: SimulatedGuild
    channel: simcord.ChannelHandle
    oliver: simcord.MemberActor
    maya: simcord.MemberActor

    @property
    def card(self) -> discord.Message:
        return self.channel.last_message

    @property
    def accent(self) -> discord.Colour | None:
        container = self.card.components[0]
        assert isinstance(container, discord.Container)
        return container.accent_colour

    async def update(self) -> int:
        """Let the worker post and edit cards. Returns how many it did."""
        return await update_request_cards(self.guild.bot, self.guild.db)

    async def ask(self) -> None:
        await ask(self.guild, self.maya)
        await self.update()

    async def status(self) -> HelpRequestStatus:
        return (await self.guild.db.read(request_views.load, 1)).status

    def told(self, text: str) -> int:
        """Return how many messages to the moderators have this text."""
        return sum(text in message_text(each) for each in self.guild.review_channel.history())


@pytest.fixture
async def board(guild: SimulatedGuild) -> Board:
    channel = guild.handle.create_text_channel("help-wanted")
    await guild.env.settle()
    await guild.configure(requests_channel_id=channel.id)
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    return Board(guild, channel, oliver, maya)


async def test_a_card_leads_mentors_to_offer_and_follows_the_request(board: Board) -> None:
    guild, oliver, maya = board.guild, board.oliver, board.maya
    ada = await approved_mentor(guild, "Ada")
    gus = await approved_mentor(guild, "Gus", expertise="gardening")
    ken = await guild.add_member("Ken")
    options = {"expertise": "Python", "about": ABOUT, "when": "evening", "points": 40}
    preview = await maya.slash(guild.channel, "ask", **options)
    assert f"also posted in <#{board.channel.id}>" in message_text(preview.response)
    await maya.click(preview.response, label="Ask mentors")
    assert await board.update() == 1
    text = message_text(board.card)
    for part in ("Help with python", "Maya is looking for a mentor.", ABOUT, "evenings", "40"):
        assert part in text
    assert f"<t:{round(guild.now.timestamp())}:R>" in text
    assert button_labels(board.card) == ["Offer a time"]
    assert board.accent == Accent.WAITING.value
    refusals = {
        ken: "You aren't a mentor",
        gus: "Only mentors with the expertise python can offer a time.",
        maya: "This is your own request. You can withdraw it with `/requests`.",
    }
    for person, refusal in refusals.items():
        answer = await person.click(board.card, label="Offer a time")
        assert refusal in message_text(answer.response), person.name
    # Before the worker has shown it to anybody in a direct message.
    form = await oliver.click(board.card, label="Offer a time")
    late = await ada.click(board.card, label="Offer a time")
    dear = await oliver.submit_modal(form, text_fields(form) | {"when": "tomorrow 12:00"})
    assert "between 0 and 40" in message_text(dear.response)
    form = await oliver.click(dear.response, label="Correct it")
    sent = await oliver.submit_modal(form, text_fields(form) | {"price": "40"})
    assert "Offer sent." in message_text(sent.response)
    assert "Maya is looking" in message_text(board.card), "the card itself is edited by the worker"
    second = await ada.submit_modal(late, text_fields(late) | {"when": "tomorrow 13:00"})
    assert "Oliver was first to offer a time." in message_text(second.response)
    stale = await ada.click(board.card, label="Offer a time")
    assert "Oliver was first to offer a time." in message_text(stale.response)
    assert await board.update() == 1
    assert "A mentor has offered a time." in message_text(board.card)
    assert ABOUT in message_text(board.card)
    assert button_labels(board.card) == []
    assert board.accent == Accent.NEUTRAL.value
    await guild.deliver()
    await maya.user.click(guild.last_dm(maya), label="Accept")
    assert await board.update() == 1
    assert message_text(board.card).endswith("A mentor was found, and a session is booked.")
    assert ABOUT not in message_text(board.card)
    assert "Maya" not in message_text(board.card)
    assert board.accent == Accent.AGREED.value
    assert len(board.channel.history()) == 1
    assert await board.update() == 0


async def test_a_declined_offer_opens_the_card_again(board: Board) -> None:
    guild, maya = board.guild, board.maya
    await board.ask()
    await offer(guild, board.oliver)
    await board.update()
    assert button_labels(board.card) == []
    form = await maya.user.click(guild.last_dm(maya), label="Decline")
    await maya.user.submit_modal(form, {"reason": "Too early"})
    await board.update()
    assert button_labels(board.card) == ["Offer a time"]
    # Being shown to more mentors changes nothing on the card.
    await guild.advance_to(guild.now + timedelta(hours=2), timedelta(hours=1))
    assert await board.update() == 0
    await guild.advance_to(guild.now + timedelta(days=8), timedelta(hours=1))
    await board.update()
    assert message_text(board.card).endswith("This request has expired.")
    assert board.accent == Accent.OVER.value


async def test_a_withdrawn_request_leaves_no_text_on_its_card(board: Board) -> None:
    await board.ask()
    own = await board.maya.slash(board.guild.channel, "requests")
    await board.maya.click(own.response, label="Withdraw request")
    await board.update()
    assert message_text(board.card).endswith("This request was withdrawn.")
    assert ABOUT not in message_text(board.card)
    assert button_labels(board.card) == []


async def test_an_erased_persons_request_leaves_no_text_on_its_card(board: Board) -> None:
    await board.ask()
    db = board.guild.db
    maya = Actor(user_id=board.maya.id, name="Maya", guild_id=board.guild.id)
    await db.run(erasure.erase, maya)
    await board.update()
    text = message_text(board.card)
    assert text.startswith("Request for help")
    assert "This request was withdrawn." in text
    assert ABOUT not in text
    assert "Maya" not in text


async def test_a_closed_channel_is_told_once_and_tried_again(board: Board) -> None:
    guild = board.guild
    guild.env.inject_error("POST", f"/channels/{board.channel.id}/messages", times=2, **CLOSED)
    await board.ask()
    assert board.channel.history() == []
    assert "Maya is looking for help." in message_text(guild.last_dm(board.oliver))
    await guild.env.advance_time(channel_cards.FIRST_RETRY_DELAY.total_seconds() + 1)
    assert await board.update() == 0
    await guild.deliver()
    assert board.told("I can't post or edit requests for help in") == 1
    assert board.told("allow me View Channel, Send Messages and Embed Links") == 1
    await guild.env.advance_time(timedelta(minutes=3).total_seconds())
    assert await board.update() == 1
    assert button_labels(board.card) == ["Offer a time"]
    # An edit that is refused, even of a request that has ended, is tried until it works.
    guild.env.inject_error("PATCH", EDIT, times=1, **CLOSED)
    own = await board.maya.slash(guild.channel, "requests")
    await board.maya.click(own.response, label="Withdraw request")
    assert await board.update() == 0
    assert ABOUT in message_text(board.card)
    await guild.env.advance_time(channel_cards.FIRST_RETRY_DELAY.total_seconds() + 1)
    assert await board.update() == 1
    assert ABOUT not in message_text(board.card)
    await guild.deliver()
    assert board.told("I can't post or edit requests for help in") == 1


async def test_a_channel_that_is_gone_is_told_once(board: Board) -> None:
    guild = board.guild
    log = guild.handle.create_text_channel("log")
    await guild.env.settle()
    await guild.configure(log_channel_id=log.id)
    path = f"/channels/{board.channel.id}/messages"
    guild.env.inject_error("POST", path, times=1, **GONE)
    await board.ask()
    await guild.env.advance_time(timedelta(hours=2).total_seconds())
    assert await board.update() == 0
    await guild.deliver()
    texts = [message_text(message) for message in log.history()]
    (told,) = [text for text in texts if "Something I need was deleted." in text]
    assert "Mentors get requests for help in direct messages only." in told
    await offer(guild, board.oliver)
    assert await board.status() is HelpRequestStatus.OFFERED, "the request isn't affected"
    await ask(guild, board.maya)
    assert await board.update() == 0


async def test_a_deleted_card_is_told_once_and_not_posted_again(board: Board) -> None:
    guild = board.guild
    await board.ask()
    await board.card.delete()
    await guild.env.settle()
    await offer(guild, board.oliver)
    assert await board.status() is HelpRequestStatus.OFFERED
    assert await board.update() == 0
    await guild.deliver()
    assert board.told("Somebody deleted my post of a request for help in") == 1
    await board.maya.user.click(guild.last_dm(board.maya), label="Accept")
    assert await board.status() is HelpRequestStatus.BOOKED
    assert await board.update() == 0
    await guild.deliver()
    assert board.told("Somebody deleted my post of a request for help in") == 1
    assert board.channel.history() == []


@pytest.mark.parametrize("ends", [False, True])
async def test_a_crash_after_posting_makes_no_second_card(board: Board, ends: bool) -> None:
    guild = board.guild
    await ask(guild, board.maya)
    # The worker posts the card, and the program stops before that is noted.
    (claimed,) = await guild.db.run(request_cards.claim)
    layout = build_layout("What the card said then")
    await posting.post(guild.bot, guild.id, claimed.channel_id, layout, claimed.key)
    await guild.restart_bot()
    assert await board.update() == 0, "it is leased"
    if ends:
        own = await board.maya.slash(guild.channel, "requests")
        await board.maya.click(own.response, label="Withdraw request")
    await guild.env.advance_time(channel_cards.LEASE.total_seconds() + 1)
    assert await board.update() == 1
    # For Discord, both attempts are one message, which then says what is true now.
    sent = [
        each
        for each in guild.env.http_requests
        if str(board.channel.id) in each.path and each.method in ("POST", "PATCH")
    ]
    assert [each.method for each in sent] == ["POST", "POST", "PATCH"]
    first, second = (each.json for each in sent[:2])
    assert first["nonce"] == second["nonce"]
    assert first["enforce_nonce"]
    assert second["enforce_nonce"]
    assert (ABOUT in message_text(board.card)) is not ends
    assert button_labels(board.card) == ([] if ends else ["Offer a time"])


async def test_cards_work_after_a_restart(board: Board) -> None:
    guild = board.guild
    await board.ask()
    await guild.restart_bot()
    form = await board.oliver.click(board.card, label="Offer a time")
    sent = await board.oliver.submit_modal(
        form, text_fields(form) | {"when": "tomorrow 12:00", "price": "0"}
    )
    assert "Offer sent." in message_text(sent.response)
    await board.update()
    assert "A mentor has offered a time." in message_text(board.card)


async def test_a_change_while_a_card_is_edited_is_not_lost(board: Board) -> None:
    guild = board.guild
    await board.ask()
    await offer(guild, board.oliver)
    (claimed,) = await guild.db.run(request_cards.claim)
    await board.maya.user.click(guild.last_dm(board.maya), label="Accept")
    await guild.db.run(request_cards.record_sent, claimed, claimed.message_id)
    assert await board.update() == 1
    assert "a session is booked" in message_text(board.card)


async def test_without_a_channel_requests_have_no_card(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", points=100)
    preview = await maya.slash(guild.channel, "ask", expertise="Python", about=ABOUT)
    assert "also posted in" not in message_text(preview.response)
    await maya.click(preview.response, label="Ask mentors")
    assert await update_request_cards(guild.bot, guild.db) == 0
    assert not await guild.db.read(request_cards.has_due)
