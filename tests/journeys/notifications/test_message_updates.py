"""Messages that were sent earlier show a change, no matter who made it and where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import discord
import pytest
import simcord
from sqlalchemy import select

from bot.notifications.message_updates import RETRY_DELAY, update_messages
from bot.views.sessions.session_actions import BUTTONS
from mentorship.actors import Actor
from mentorship.delivery import message_updates, outbox, outcomes
from mentorship.delivery.message_updates import Edit, EditOutcome
from mentorship.operations import erasure
from mentorship.sessions import blocking, session_views
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.follow_up import disputes, reviews
from mentorship.sessions.lifecycle import Action
from storage import Database, Transaction
from storage.tables import Notification, Session
from tests.journeys.support.components import iter_components
from tests.journeys.support.scenarios import (
    approved_mentor,
    ask_for_changes,
    book,
    confirmation_card,
    submit_application,
)
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    button_labels,
    card_titles,
    message_text,
)
from tests.mentorship.support.community import USE_CASES

THURSDAY = datetime.fromisoformat("2026-03-05T10:00+00:00")
HOUR = timedelta(hours=1)
EDITS = "/channels/*/messages/*"


@pytest.fixture
async def app(guild: SimulatedGuild, database_url: str) -> AsyncIterator[Database]:
    """The database as another process has it open, such as one that serves the REST API."""
    database = Database(database_url, clock=guild.db.clock, synchronous="OFF")
    yield database
    await database.close()


class Meeting:
    """Maya's session with Oliver on Thursday, and what both have in their inboxes."""

    def __init__(
        self,
        guild: SimulatedGuild,
        app: Database,
        oliver: simcord.MemberActor,
        maya: simcord.MemberActor,
        session_id: int,
    ) -> None:
        self.guild = guild
        self.app = app
        self.oliver = oliver
        self.maya = maya
        self.id = session_id

    def actor(self, person: simcord.MemberActor, **roles: Any) -> Actor:
        return Actor(user_id=person.id, name=person.name, guild_id=self.guild.id, **roles)

    async def act(self, person: simcord.MemberActor, action: Action) -> None:
        """Do something in another process, and let the bot deliver what follows."""
        await self.app.run(USE_CASES[action], self.actor(person), self.id)
        await self.guild.deliver()

    async def confirm_and_end(self) -> discord.Message:
        """Let Oliver confirm the session and its time pass. Returns the question to Maya."""
        await self.act(self.oliver, Action.CONFIRM)
        await self.guild.advance_to(THURSDAY + HOUR)
        return self.guild.last_dm(self.maya)

    def messages(self, person: simcord.MemberActor) -> list[discord.Message]:
        """Return the direct messages with a button of the session or its people's names."""
        return [
            message
            for message in self.guild.inbox(person)
            if "Oliver" in message_text(message) or "Maya" in message_text(message)
        ]

    async def latest_shows(self, person: simcord.MemberActor, headline: str, *buttons: str) -> None:
        """Check that the latest message about the session says this, with at least these buttons.

        Earlier ones are one line, and lead to a later one. None has a button that would be refused.
        """
        session = await self.guild.db.read(
            session_views.load_for_participant, self.actor(person), self.id
        )
        *earlier, latest = self.messages(person)
        assert message_text(latest).startswith(headline), message_text(latest)
        assert set(buttons) <= set(button_labels(latest))
        available = {
            button.key
            for action, button in BUTTONS.items()
            if action in session.actions(person.id, self.guild.now)
        }
        assert _acting_keys(latest, self.id) <= available, message_text(latest)
        for message in earlier:
            assert "Newer message about this session" in message_text(message)
            assert card_titles(message) == button_labels(message) == []


def _acting_keys(message: discord.Message, session_id: int) -> set[str]:
    """Return the keys of the buttons that act on the session."""
    prefix = f"session:{session_id}:"
    custom_ids = [str(each.get("custom_id", "")) for each in iter_components(message)]
    keys = {each.removeprefix(prefix).split(":")[0] for each in custom_ids if prefix in each}
    return keys - {"calendar", "link", "late", "notes"}


@pytest.fixture
async def meeting(guild: SimulatedGuild, app: Database) -> Meeting:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book(guild, maya, oliver, THURSDAY)
    (session_id,) = await guild.db.read(_session_ids)
    return Meeting(guild, app, oliver, maya, session_id)


async def _session_ids(tx: Transaction) -> list[int]:
    return list(await tx.connection.scalars(select(Session.id)))


# --- a session ------------------------------------------------------------------------------------


async def test_a_request_shows_that_it_was_confirmed_elsewhere(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    request = guild.last_dm(meeting.oliver)
    assert "Confirm" in button_labels(request)
    await meeting.act(meeting.oliver, Action.CONFIRM)
    request = guild.last_dm(meeting.oliver)
    assert message_text(request).startswith("Your session is confirmed.")
    assert {"Confirm", "Decline"}.isdisjoint(button_labels(request))
    assert "Cancel session" in button_labels(request)


@pytest.mark.parametrize(
    ("action", "headline"),
    [
        (Action.DECLINE, "You declined this request."),
        (Action.CANCEL, "Maya cancelled your session."),
        (Action.EXPIRE, "A session request expired because you didn't answer Maya."),
    ],
)
async def test_a_request_shows_how_it_ended(
    guild: SimulatedGuild, meeting: Meeting, action: Action, headline: str
) -> None:
    if action is Action.EXPIRE:
        await guild.advance_to(guild.now + timedelta(hours=24))
    else:
        person = meeting.oliver if action is Action.DECLINE else meeting.maya
        await meeting.act(person, action)
    await meeting.latest_shows(meeting.oliver, headline)


async def test_messages_follow_a_session_to_its_dispute(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    oliver, maya = meeting.oliver, meeting.maya
    await meeting.act(oliver, Action.CONFIRM)
    await meeting.latest_shows(oliver, "Your session is confirmed.", "Cancel session")
    await meeting.latest_shows(maya, "Oliver confirmed your session.", "Cancel session")

    await meeting.act(maya, Action.PROPOSE)
    await meeting.latest_shows(oliver, "Maya suggested another time.", "Accept new time")
    await meeting.latest_shows(maya, "You suggested another time.", "Withdraw request")
    await meeting.act(maya, Action.WITHDRAW_PROPOSAL)
    await meeting.latest_shows(oliver, "Maya withdrew the reschedule request.")
    await meeting.act(maya, Action.PROPOSE)
    await meeting.act(oliver, Action.ACCEPT_PROPOSAL)
    await meeting.latest_shows(oliver, "Your session is confirmed.")
    await meeting.latest_shows(maya, "Oliver accepted the new time.")

    start = THURSDAY + HOUR
    await guild.advance_to(start - timedelta(minutes=5))
    for person in (oliver, maya):
        # No earlier one says that it is a day or an hour.
        await meeting.latest_shows(person, "Your session with")
        assert "starts in 10 minutes" in message_text(guild.last_dm(person))
        assert not any("tomorrow" in message_text(each) for each in guild.inbox(person))
    await guild.advance_to(start)
    await meeting.latest_shows(oliver, "Your session with Maya starts now.")
    await guild.advance_to(start + HOUR)
    await meeting.latest_shows(oliver, "Your session with Maya is over.", "We met", "No-show")

    await meeting.act(oliver, Action.REPORT_NO_SHOW)
    # Neither card promises any more that silence completes the session.
    await meeting.latest_shows(oliver, "You reported that Maya didn't come.")
    await meeting.latest_shows(maya, "Oliver reported that you didn't come.", "We met")
    await meeting.act(maya, Action.REPORT_MET)
    await meeting.latest_shows(oliver, "Maya reported that you met, so your reports don't match.")
    await meeting.latest_shows(maya, "Your reports don't match.")
    await guild.advance_to(guild.now + timedelta(days=3), step=timedelta(hours=1))
    cards = _dispute_cards(guild)
    assert len(cards) > 1, "moderators were reminded"
    assert all("Pay the mentor" in button_labels(card) for card in cards)

    rita = meeting.actor(await guild.add_moderator("Rita"), role_ids=_moderators(guild))
    await meeting.app.run(disputes.resolve, rita, meeting.id, Action.PAY)
    await guild.deliver()
    for card in _dispute_cards(guild):
        assert card_titles(card) == ["Dispute resolved"]
        assert button_labels(card) == []
    for person in (oliver, maya):
        await meeting.latest_shows(person, "The moderators resolved the dispute")


def _dispute_cards(guild: SimulatedGuild) -> list[discord.Message]:
    """Return the moderators' messages about disputes: the first one, and reminders."""
    messages = guild.review_channel.history()
    return [each for each in messages if "(mentor) says" in message_text(each)]


def _moderators(guild: SimulatedGuild) -> frozenset[int]:
    return frozenset({guild.moderator_role.id})


async def test_an_edit_after_an_erasure_names_nobody(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    app, oliver, maya = meeting.app, meeting.oliver, meeting.maya
    await meeting.act(oliver, Action.CONFIRM)
    await guild.advance_to(THURSDAY + HOUR)
    await meeting.act(oliver, Action.REPORT_NO_SHOW)
    await meeting.act(maya, Action.REPORT_MET)
    assert all(f"<@{maya.id}>" in message_text(card) for card in _dispute_cards(guild))
    await app.run(USE_CASES[Action.CONCEDE], meeting.actor(maya), meeting.id)
    await app.run(erasure.erase, meeting.actor(maya))
    await guild.deliver()
    (card,) = _dispute_cards(guild)
    latest = guild.last_dm(oliver)
    assert card_titles(card) == ["Dispute resolved"]
    for message in (card, latest):
        assert "conceded" in message_text(message)
        assert "Maya" not in message_text(message)
        assert "<@-" not in message_text(message)


async def test_a_rating_elsewhere_is_shown_where_it_was_asked_for(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    await meeting.act(meeting.oliver, Action.CONFIRM)
    await guild.advance_to(THURSDAY + timedelta(hours=26))
    question = guild.last_dm(meeting.maya)
    assert card_titles(question) == ["How was your session with Oliver?"]
    await meeting.app.run(reviews.rate, meeting.actor(meeting.maya), meeting.id, 4)
    await guild.deliver()
    assert card_titles(guild.last_dm(meeting.maya)) == ["You gave Oliver ★★★★☆"]
    # Oliver's message about the rating doesn't replace the one about the session.
    *_, completed, rated = meeting.messages(meeting.oliver)
    assert message_text(rated).startswith("Maya gave you 4 stars.")
    assert message_text(completed).startswith("Your session is completed.")
    assert card_titles(completed) == ["Session with Maya"]


async def test_a_press_leaves_its_own_message_to_its_answer(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    question = await meeting.confirm_and_end()
    await meeting.maya.user.click(question, label="We met")
    assert question.id not in await _marked_messages(guild)
    await guild.deliver()
    # The stars that follow are still there.
    assert card_titles(guild.last_dm(meeting.maya)) == ["How was your session with Oliver?"]
    await meeting.latest_shows(meeting.oliver, "Your session with Maya is completed.")
    # They stay after a rating elsewhere.
    await meeting.app.run(reviews.rate, meeting.actor(meeting.maya), meeting.id, 4)
    await guild.deliver()
    rated = guild.last_dm(meeting.maya)
    assert card_titles(rated) == ["You gave Oliver ★★★★☆"]
    assert {"5 ★", "Write a review"} <= set(button_labels(rated))


async def test_nobody_reads_what_somebody_they_blocked_writes_later(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    app, oliver, maya = meeting.app, meeting.oliver, meeting.maya
    await meeting.act(oliver, Action.CONFIRM)
    await guild.advance_to(THURSDAY + timedelta(hours=26))
    await app.run(reviews.rate, meeting.actor(maya), meeting.id, 4, "Clear.")
    await guild.deliver()
    assert "Clear." in message_text(guild.last_dm(oliver))
    await app.run(blocking.block, meeting.actor(oliver), BlockTarget(maya.id))
    await app.run(reviews.rate, meeting.actor(maya), meeting.id, 1, "Unblock me!")
    await guild.deliver()
    texts = [message_text(each) for each in guild.inbox(oliver)]
    assert [text for text in texts if "Unblock me" in text] == []
    assert "Unblock me" in message_text(guild.last_dm(maya))
    # Once a rating can't be changed any more, its card shows the mentor's reply.
    await guild.env.advance_time(timedelta(days=15).total_seconds())
    await app.run(blocking.block, meeting.actor(maya), BlockTarget(oliver.id))
    await app.run(reviews.reply, meeting.actor(oliver), meeting.id, "So do I!")
    await guild.deliver()
    assert "Unblock me" in message_text(guild.last_dm(maya))
    assert not any("So do I" in message_text(each) for each in guild.inbox(maya))


async def test_an_edit_that_is_later_than_the_answer_to_a_press_is_made_again(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    question = await meeting.confirm_and_end()
    await meeting.app.run(
        USE_CASES[Action.REPORT_NO_SHOW], meeting.actor(meeting.oliver), meeting.id
    )
    # The bot makes a new text for the question, and Maya answers it before it is written.
    claimed = (await meeting.app.run(message_updates.claim_outdated)).messages
    (slow,) = (each for each in claimed if each.message_id == question.id)
    await meeting.maya.user.click(question, label="We met")
    await meeting.app.run(message_updates.record, [Edit(slow, EditOutcome.EDITED)])
    assert question.id in await _marked_messages(guild)


# --- applications ---------------------------------------------------------------------------------


async def test_a_request_for_changes_shows_that_they_were_made_elsewhere(
    guild: SimulatedGuild,
) -> None:
    priya = await guild.add_member("Priya", zone="Asia/Kolkata")
    rita = await guild.add_moderator("Rita")
    await submit_application(guild, priya)
    await guild.deliver()
    await ask_for_changes(guild, rita, "Which frameworks?")
    assert len(button_labels(guild.last_dm(priya))) == 1
    await submit_application(guild, priya, expertise="Django")
    await guild.deliver()
    assert card_titles(guild.last_dm(priya)) == ["Your application is with the moderators"]
    assert button_labels(guild.last_dm(priya)) == []


# --- Discord and crashes --------------------------------------------------------------------------


async def _marks(guild: SimulatedGuild) -> list[tuple[datetime | None, int]]:
    """Return the marks of all messages that are out of date."""

    async def query(tx: Transaction) -> list[tuple[datetime | None, int]]:
        columns = (Notification.refresh_at, Notification.refresh_attempts)
        marked = select(*columns).where(Notification.refresh_at.is_not(None))
        return [tuple(row) for row in await tx.connection.execute(marked)]

    return await guild.db.read(query)


async def _marked_messages(guild: SimulatedGuild) -> set[int | None]:
    async def query(tx: Transaction) -> set[int | None]:
        marked = Notification.refresh_at.is_not(None)
        return set(await tx.connection.scalars(select(Notification.message_id).where(marked)))

    return await guild.db.read(query)


async def test_a_deleted_message_is_left_alone_for_good(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    request = guild.last_dm(meeting.oliver)
    guild.env.backend.delete_message(request.channel.id, request.id)
    await meeting.act(meeting.oliver, Action.CONFIRM)
    assert await _marks(guild) == []
    # The next change marks only Maya's message.
    await meeting.app.run(USE_CASES[Action.PROPOSE], meeting.actor(meeting.oliver), meeting.id)
    assert len(await _marks(guild)) == 1


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (400, 50035)])
async def test_a_refused_edit_is_not_tried_again(
    guild: SimulatedGuild, meeting: Meeting, status: int, code: int
) -> None:
    guild.env.inject_error("PATCH", EDITS, status=status, code=code, message="Refused")
    await meeting.act(meeting.oliver, Action.CONFIRM)
    assert await _marks(guild) == []
    assert "Confirm" in button_labels(guild.last_dm(meeting.oliver))


async def test_a_failed_edit_is_tried_again_and_delays_no_message(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    guild.env.inject_error("PATCH", EDITS, status=503)
    await meeting.act(meeting.oliver, Action.CONFIRM)
    assert "Oliver confirmed your session." in message_text(guild.last_dm(meeting.maya))
    assert await _marks(guild) == [(guild.now + RETRY_DELAY, 1)]
    await guild.env.advance_time(RETRY_DELAY.total_seconds())
    await guild.deliver()
    assert await _marks(guild) == []
    assert message_text(guild.last_dm(meeting.oliver)).startswith("Your session is confirmed.")


async def test_other_edits_of_a_channel_wait_for_one_that_failed(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    oliver = meeting.actor(meeting.oliver)
    leo = await guild.add_member("Leo", zone="Europe/London", points=100)
    await book(guild, leo, meeting.oliver, THURSDAY + timedelta(days=1))
    guild.env.inject_error("PATCH", EDITS, status=503)
    for session_id in await guild.db.read(_session_ids):
        await meeting.app.run(USE_CASES[Action.CONFIRM], oliver, session_id)
    await guild.deliver()
    retry_at = guild.now + RETRY_DELAY
    assert sorted(await _marks(guild)) == [(retry_at, 0), (retry_at, 1)]
    await guild.env.advance_time(RETRY_DELAY.total_seconds())
    await guild.deliver()
    assert await _marks(guild) == []


async def test_the_rest_of_a_round_waits_during_an_outage(
    guild: SimulatedGuild, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.notifications.message_updates.MAX_CONCURRENT", 1)
    monkeypatch.setattr("bot.notifications.message_updates.MAX_CONSECUTIVE_FAILURES", 1)
    await meeting.act(meeting.oliver, Action.CONFIRM)
    await meeting.app.run(USE_CASES[Action.PROPOSE], meeting.actor(meeting.oliver), meeting.id)
    guild.env.inject_error("PATCH", EDITS, status=503)
    assert not await update_messages(guild.bot, guild.db), "it is continued later"
    retry_at = guild.now + RETRY_DELAY
    assert sorted(await _marks(guild)) == [(retry_at, 0), (retry_at, 1)]


async def test_a_slow_edit_keeps_no_new_message_waiting(
    guild: SimulatedGuild, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.notifications.message_updates.ROUND_S", 0)
    await meeting.app.run(USE_CASES[Action.CONFIRM], meeting.actor(meeting.oliver), meeting.id)
    assert len(await _marks(guild)) == 1
    assert await update_messages(guild.bot, guild.db), "it is continued after new messages"
    assert await _marks(guild) == [(guild.now, 0)]


async def test_a_claim_that_was_lost_is_made_again_after_its_lease(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    await meeting.app.run(USE_CASES[Action.CONFIRM], meeting.actor(meeting.oliver), meeting.id)
    # A process claims the message and dies before it records the edit.
    claim = await meeting.app.run(message_updates.claim_outdated)
    assert len(claim.messages) == 1
    await guild.deliver()
    assert "Confirm" in button_labels(guild.last_dm(meeting.oliver))
    await guild.env.advance_time(message_updates.LEASE.total_seconds())
    await guild.deliver()
    assert message_text(guild.last_dm(meeting.oliver)).startswith("Your session is confirmed.")


async def test_a_change_during_an_edit_leads_to_another_one(
    guild: SimulatedGuild, meeting: Meeting
) -> None:
    app, oliver = meeting.app, meeting.oliver
    await app.run(USE_CASES[Action.CONFIRM], meeting.actor(oliver), meeting.id)
    (slow,) = (await app.run(message_updates.claim_outdated)).messages
    await meeting.act(oliver, Action.CANCEL)
    assert message_text(guild.last_dm(oliver)).startswith("You cancelled this session.")
    assert await _marks(guild) == []
    # What the slow process has written meanwhile may be older.
    await app.run(message_updates.record, [Edit(slow, EditOutcome.EDITED)])
    assert await _marks(guild) == [(guild.now, 0)]
    await guild.deliver()
    assert await _marks(guild) == []


async def test_a_change_while_a_notification_is_sent_is_shown_afterwards(
    guild: SimulatedGuild, app: Database
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await confirmation_card(guild, maya, oliver, THURSDAY)
    await maya.click(card.response, label="Confirm")
    # The request is claimed, and its text is made.
    (claimed,) = await app.run(outbox.claim_due)
    (session_id,) = await guild.db.read(_session_ids)
    actor = Actor(user_id=oliver.id, name="Oliver", guild_id=guild.id)
    await app.run(USE_CASES[Action.CONFIRM], actor, session_id)
    channel = await guild.bot.create_dm(discord.Object(oliver.id))
    text = await channel.send("Maya would like a session with you.")
    await app.run(outcomes.record, [outcomes.sent(claimed, channel.id, text.id)])
    await guild.deliver()
    assert message_text(guild.last_dm(oliver)).startswith("Your session is confirmed.")
