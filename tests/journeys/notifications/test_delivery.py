"""Delivery when Discord refuses, fails or is slow: notifications arrive or fail visibly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatch
from typing import Any

import aiohttp
import discord
import pytest
import simcord

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.delivery import outbox, undelivered
from mentorship.delivery.dm_budget import BURST, INTERVAL
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.operations import health
from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from storage import Transaction
from storage.tables import Notification
from tests.journeys.support.scenarios import (
    approved_mentor,
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

MESSAGES, OPEN = "/channels/*/messages", "/users/@me/channels"
CLOSED: dict[str, Any] = {"status": 403, "code": 50007, "message": "Cannot send messages"}


async def configure(guild: SimulatedGuild, **settings: Any) -> None:
    chief = Actor(user_id=1, name="chief", guild_id=guild.id, manages_guild=True)
    await guild.db.run(setup.configure, chief, **settings)


async def statuses(guild: SimulatedGuild, kind: NotificationKind) -> list[tuple[str, str | None]]:
    async def query(tx: Transaction) -> list[tuple[str, str | None]]:
        rows = await tx.connection.execute(
            Notification.__table__.select()
            .where(Notification.kind == kind)
            .order_by(Notification.id)
        )
        return [(row.status, row.problem) for row in rows]

    return await guild.db.read(query)


async def asks(guild: SimulatedGuild) -> tuple[Any, Any]:
    """Maya has requested a session with Oliver, whose notification is not sent yet."""
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    result = await confirmation_card(guild, maya, oliver, guild.now + timedelta(days=1))
    await maya.click(result.response, label="Confirm")
    return maya, oliver


# --- what passes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [MESSAGES, OPEN])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_temporary_errors_delay_delivery(
    guild: SimulatedGuild, path: str, status: int
) -> None:
    _maya, oliver = await asks(guild)
    if path == OPEN:
        await forget_open_messages(guild)
    before = len(guild.inbox(oliver))
    guild.env.inject_error("POST", path, status=status, times=3)
    assert await guild.deliver() == 0
    assert len(guild.inbox(oliver)) == before
    await guild.advance_to(guild.now + timedelta(minutes=2), step=timedelta(seconds=5))
    (news,) = guild.inbox(oliver)[before:]
    assert "Maya would like a session with you" in message_text(news)
    assert await statuses(guild, NotificationKind.REQUESTED) == [("sent", None)]


@pytest.mark.parametrize("path", [MESSAGES, OPEN])
@pytest.mark.parametrize(
    "failure",
    [
        TimeoutError(),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(104, "Connection reset by peer"),
        discord.RateLimited(40.0),
    ],
    ids=lambda failure: type(failure).__name__,
)
async def test_timeouts_and_lost_connections_delay_delivery(
    guild: SimulatedGuild, monkeypatch: pytest.MonkeyPatch, path: str, failure: Exception
) -> None:
    _maya, oliver = await asks(guild)
    if path == OPEN:
        await forget_open_messages(guild)
    before = len(guild.inbox(oliver))
    request = guild.bot.http.request

    async def fail(route: discord.http.Route, **options: Any) -> Any:
        if route.method == "POST" and fnmatch(f"/{route.url.partition('/v10/')[2]}", path):
            raise failure
        return await request(route, **options)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(guild.bot.http, "request", fail)
        assert await guild.deliver() == 0
    ((status, problem),) = await statuses(guild, NotificationKind.REQUESTED)
    assert (status, type(failure).__name__ in (problem or "")) == ("waiting", True)
    await guild.advance_to(guild.now + timedelta(minutes=2), step=timedelta(seconds=5))
    (news,) = guild.inbox(oliver)[before:]
    assert "Maya would like a session with you" in message_text(news)


async def forget_open_messages(guild: SimulatedGuild) -> None:
    """Forget all direct message channels, as if nobody had been written to."""

    async def forget(tx: Transaction) -> None:
        await tx.connection.exec_driver_sql("UPDATE members SET dm_channel_id = NULL")

    await guild.db.run(forget)
    await guild.restart_bot()


async def test_a_review_card_waits_for_a_failing_channel(
    guild: SimulatedGuild,
) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await submit_application(guild, oliver)
    guild.env.inject_error("POST", MESSAGES, status=503)
    await guild.deliver()
    await guild.advance_to(guild.now + timedelta(minutes=1), step=timedelta(seconds=10))
    assert "would like to mentor" in message_text(guild.review_channel.last_message)


async def test_a_delayed_role_does_not_repeat_the_notification(
    guild: SimulatedGuild,
) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    await priya.click(guild.review_channel.last_message, label="Approve")
    guild.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=500)
    await guild.deliver()
    assert not guild.has_role(oliver, guild.mentor_role)
    await guild.advance_to(guild.now + timedelta(minutes=1), step=timedelta(seconds=10))
    assert guild.has_role(oliver, guild.mentor_role)
    (news,) = guild.inbox(oliver)
    assert "Welcome to the mentors" in message_text(news)


async def test_opening_direct_messages_too_fast_pauses_delivery(guild: SimulatedGuild) -> None:
    _maya, oliver = await asks(guild)
    await forget_open_messages(guild)
    before = len(guild.inbox(oliver))
    guild.env.inject_error("POST", OPEN, status=403, code=40003, message="too fast")
    await guild.deliver()
    await guild.advance_to(guild.now + timedelta(minutes=9), step=timedelta(seconds=30))
    assert len(guild.inbox(oliver)) == before, "nothing is opened for ten minutes"
    await guild.advance_to(guild.now + timedelta(minutes=2), step=timedelta(seconds=30))
    assert "Maya would like a session with you" in message_text(guild.last_dm(oliver))


# --- what stays -----------------------------------------------------------------------------------


async def test_undelivered_notifications_follow_the_next_command_once(
    guild: SimulatedGuild,
) -> None:
    maya, oliver = await asks(guild)
    guild.env.inject_error("POST", MESSAGES, **CLOSED)
    await guild.deliver()
    ((status, problem),) = await statuses(guild, NotificationKind.REQUESTED)
    assert status == "failed"
    assert "50007" in (problem or "")
    answer = await oliver.slash(guild.channel, "sessions")
    messages = [message for message in answer.followups if card_titles(message)]
    assert [button_labels(message) for message in messages] == [
        ["Confirm", "Decline", "Suggest another time", "Block"]
    ]
    assert "Maya would like a session with you" in message_text(messages[0])
    assert all(message.flags.ephemeral for message in answer.followups)
    # Its buttons work, and it is not shown again.
    await oliver.click(messages[0], label="Confirm")
    await guild.deliver()
    assert "Oliver confirmed" in message_text(guild.last_dm(maya))
    answer = await oliver.slash(guild.channel, "sessions")
    assert answer.followups == []


async def test_missed_reminders_can_be_seen_once_the_session_has_started(
    guild: SimulatedGuild,
) -> None:
    """Commands go on working, and what is too late by then isn't shown."""
    maya, oliver = await asks(guild)
    await guild.deliver()
    guild.env.inject_error("POST", MESSAGES, **CLOSED)
    await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    await guild.deliver()
    ((status, _),) = await statuses(guild, NotificationKind.CONFIRMED)
    assert status == "failed"
    start = guild.now + timedelta(days=1)
    while guild.now < start:
        guild.env.inject_error("POST", MESSAGES, times=2, **CLOSED)
        await guild.advance_to(guild.now + timedelta(hours=1), step=timedelta(hours=1))
    answer = await maya.slash(guild.channel, "points balance")
    shown = [message_text(message) for message in answer.followups if card_titles(message)]
    assert ["starts now" in text for text in shown] == [True]
    answer = await maya.slash(guild.channel, "points balance")
    assert answer.followups == []


@pytest.mark.parametrize("missed", [7, 60])
async def test_everything_undelivered_can_be_seen_in_pages(
    guild: SimulatedGuild, missed: int
) -> None:
    """The latest first. Only what was shown counts as seen, and what is too old isn't shown."""
    maya = await guild.add_member("Maya", zone="America/New_York")
    mentor = Actor(user_id=1, name="chief", guild_id=guild.id, manages_guild=True)
    await miss(guild, maya, mentor, "too old")
    await guild.env.advance_time(undelivered.SHOWN_FOR.total_seconds())
    for number in range(missed):
        await miss(guild, maya, mentor, f"reason {number}.")

    answer = await maya.slash(guild.channel, "points balance")
    pages = [reasons_shown(answer.followups)]
    while "Show earlier messages" in button_labels(answer.followups[-1]):
        if len(pages) == 1:
            # Whoever uses a command first sees the next page by it, and the button goes on.
            answer = await maya.slash(guild.channel, "points balance")
        else:
            answer = await maya.click(answer.followups[-1], label="Show earlier messages")
        pages.append(reasons_shown(answer.followups))
    assert [len(page) for page in pages[:-1]] == [5] * (len(pages) - 1)
    assert [each for page in reversed(pages) for each in page] == [
        f"reason {number}." for number in range(missed)
    ]
    answer = await maya.slash(guild.channel, "points balance")
    assert answer.followups == []


async def miss(
    guild: SimulatedGuild, person: simcord.MemberActor, moderator: Actor, reason: str
) -> None:
    """Let a moderator take a point from somebody, who can't be told."""
    recipient = Recipient(person.id, person.name)
    await guild.db.run(adjustments.grant, moderator, recipient, 2, "Not this.")
    await guild.deliver()
    await guild.db.run(adjustments.deduct, moderator, recipient, 1, reason)
    guild.env.inject_error("POST", MESSAGES, **CLOSED)
    await guild.deliver()


def reasons_shown(messages: Iterable[Any]) -> list[str]:
    """Return the reasons in the cards that a person sees, in order."""
    texts = [message_text(message) for message in messages if card_titles(message)]
    return [line[2:] for text in texts for line in text.split("\n") if line.startswith("> ")]


async def test_closed_direct_messages_lead_to_one_private_mention(
    guild: SimulatedGuild,
) -> None:
    notices = guild.handle.create_text_channel("news")
    await configure(guild, notices_channel_id=notices.id)
    maya, oliver = await asks(guild)
    guild.env.inject_error("POST", MESSAGES, **CLOSED)
    await guild.deliver()
    mention = notices.last_message
    assert message_text(mention) == (
        f"<@{oliver.id}>, I have a message for you but can't send it to you directly. Use any of "
        "my commands here, such as `/sessions`, to read it. Only you will see it."
    )
    assert [user.id for user in mention.mentions] == [oliver.id]
    # There is no second mention until he uses a command.
    other = await confirmation_card(guild, maya, oliver, guild.now + timedelta(days=2))
    await maya.click(other.response, label="Confirm")
    guild.env.inject_error("POST", MESSAGES, **CLOSED)
    await guild.deliver()
    assert len(notices.history()) == 1
    answer = await oliver.slash(guild.channel, "sessions")
    *requests, explanation = answer.followups
    for request in requests:
        assert message_text(request).startswith("Maya would like a session with you.")
    assert len(requests) == 2
    assert message_text(explanation) == (
        "These messages didn't reach you. To get messages right away, turn on direct messages in "
        "this server's privacy settings."
    )


async def test_undelivered_notifications_are_reported_to_moderators(guild: SimulatedGuild) -> None:
    log = guild.handle.create_text_channel("mentor-log")
    await configure(guild, log_channel_id=log.id)
    maya, oliver = await asks(guild)
    await guild.deliver()
    before = len(log.history())
    guild.env.inject_error("POST", MESSAGES, **CLOSED)
    await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    await guild.deliver()
    given_up = await guild.db.read(health.list_undelivered)
    assert sum(each.count for each in given_up) == 1
    await guild.advance_to(guild.now + timedelta(hours=1))
    (news,) = log.history()[before:]
    assert "Some messages couldn't be delivered in the last hour" in message_text(news)
    assert f"<@{maya.id}>: 1 message" in message_text(news)


async def test_notifications_for_deleted_accounts_are_dropped(guild: SimulatedGuild) -> None:
    _maya, _oliver = await asks(guild)
    await forget_open_messages(guild)
    guild.env.inject_error("POST", OPEN, status=404, code=10013, message="Unknown User")
    await guild.deliver()
    ((status, problem),) = await statuses(guild, NotificationKind.REQUESTED)
    assert status == "dropped"
    assert "10013" in (problem or "")


async def test_a_lost_direct_message_channel_is_opened_again(guild: SimulatedGuild) -> None:
    _maya, oliver = await asks(guild)
    guild.env.inject_error("POST", MESSAGES, status=404, code=10003, message="Unknown Channel")
    assert await guild.deliver() == 1
    assert "Maya would like a session with you" in message_text(guild.last_dm(oliver))


async def test_a_malformed_notification_is_not_retried(
    guild: SimulatedGuild, caplog: pytest.LogCaptureFixture
) -> None:
    await asks(guild)
    guild.env.inject_error("POST", MESSAGES, status=400, code=50035, message="Invalid Form Body")
    await guild.deliver()
    ((status, problem),) = await statuses(guild, NotificationKind.REQUESTED)
    assert status == "failed"
    assert "50035" in (problem or "")
    assert "notification rejected as malformed" in caplog.text


async def test_outdated_notifications_are_given_up_visibly(guild: SimulatedGuild) -> None:
    """During an outage of Discord a session starts, and its notifications expire."""
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    oliver = await approved_mentor(guild, "Oliver")
    starts = guild.now + timedelta(hours=2)
    await book(guild, maya, oliver, starts)
    await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    await guild.deliver()
    message_count = len(guild.inbox(maya))
    guild.env.inject_error("POST", MESSAGES, status=503, times=None)
    await guild.advance_to(starts + timedelta(hours=2))
    guild.env.backend.faults.clear()
    assert len(guild.inbox(maya)) == message_count
    given_up = await guild.db.read(health.list_undelivered)
    assert sum(each.count for each in given_up) == 6, (
        "two reminders and the start, for each of the two"
    )
    await guild.advance_to(guild.now + timedelta(hours=1))
    assert [
        "Your session with Oliver is over." in message_text(each)
        for each in guild.inbox(maya)[message_count:]
    ] == [True]


async def test_others_are_sent_if_one_text_cannot_be_rendered(
    guild: SimulatedGuild, caplog: pytest.LogCaptureFixture
) -> None:
    """It fails within two hours. Commands still work, although it can't be shown either."""
    maya = await guild.add_member("Maya", zone="Europe/London")
    await guild.deliver()

    async def write(tx: Transaction) -> None:
        broken, whole = NotificationKind.SUSPENDED, NotificationKind.REINSTATED
        drafts = (
            NotificationDraft(broken, guild.id, maya.id, "1", tx.now, facts={"reason": 5}),
            NotificationDraft(whole, guild.id, maya.id, "2", tx.now),
        )
        await writing.write(tx, drafts)

    await guild.db.run(write)
    assert await guild.deliver() == 1
    assert card_titles(guild.last_dm(maya))[0] == "Welcome back"
    ((status, problem),) = await statuses(guild, NotificationKind.SUSPENDED)
    assert (status, "reference" in (problem or "")) == ("waiting", True)
    await guild.advance_to(guild.now + timedelta(hours=2), step=timedelta(minutes=5))
    ((status, problem),) = await statuses(guild, NotificationKind.SUSPENDED)
    assert (status, "reference" in (problem or "")) == ("failed", True)
    answer = await maya.slash(guild.channel, "points balance")
    assert answer.followups == []
    assert caplog.text.count("can't show an undelivered notification") == 1
    answer = await maya.slash(guild.channel, "points balance")
    assert caplog.text.count("can't show an undelivered notification") == 1


# --- after a downtime -----------------------------------------------------------------------------


async def test_only_the_newest_missed_reminder_is_sent(
    guild: SimulatedGuild,
) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    oliver = await approved_mentor(guild, "Oliver")
    starts = guild.now + timedelta(days=2)
    await book(guild, maya, oliver, starts)
    await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    await guild.deliver()
    message_count = len(guild.inbox(maya))
    await guild.env.advance_time((starts - timedelta(minutes=50) - guild.now).total_seconds())
    await guild.deliver()
    (news,) = guild.inbox(maya)[message_count:]
    assert "Oliver starts in 50 minutes" in message_text(news), "it says what is true now"


async def test_notifications_about_past_sessions_are_dropped(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    oliver = await approved_mentor(guild, "Oliver")
    starts = guild.now + timedelta(hours=3)
    result = await confirmation_card(guild, maya, oliver, starts)
    await maya.click(result.response, label="Confirm")
    message_count = len(guild.inbox(oliver))
    await guild.env.advance_time(timedelta(hours=5).total_seconds())
    await guild.deliver()
    assert len(guild.inbox(oliver)) == message_count


@pytest.mark.parametrize("people", [30, pytest.param(1_000, marks=pytest.mark.long)])
async def test_a_backlog_respects_rate_limits_and_urgency(
    guild: SimulatedGuild, people: int
) -> None:
    """New channels are opened in a burst, then one by one in order; urgent ones go first."""
    crowd = [
        await guild.add_member(f"Person {number}", zone="Europe/London") for number in range(people)
    ]

    async def write(tx: Transaction) -> None:
        await writing.write(
            tx,
            [
                NotificationDraft(
                    kind,
                    guild.id,
                    person.id,
                    subject=str(number),
                    due_at=tx.now,
                    facts={"reason": "-"},
                )
                for person in crowd
                for number, kind in enumerate(
                    (NotificationKind.SUSPENDED, NotificationKind.REINSTATED)
                )
            ],
        )

    await guild.db.run(write)
    await guild.env.advance_time(timedelta(days=2).total_seconds())
    since = guild.now
    await guild.deliver()
    message_count = [person for person in crowd if guild.inbox(person)]
    assert message_count == crowd[:BURST]
    while (due := await guild.db.read(outbox.next_due)) is not None:
        await guild.env.advance_time((due - guild.now).total_seconds())
        await guild.deliver()
    took = guild.now - since
    assert took == (people - BURST) * INTERVAL
    titles = [[card_titles(message)[0] for message in guild.inbox(person)] for person in crowd]
    assert titles == [["Your mentor profile is suspended", "Welcome back"]] * people


async def test_one_persons_messages_to_strangers_delay_another_guilds_by_a_few(
    guild: SimulatedGuild,
) -> None:
    """The bot writes to each for the first time, which Discord allows only so often."""
    strangers = [await guild.add_member(f"Stranger {number}") for number in range(40)]
    elsewhere = guild.env.create_guild("Lakeside")
    zoe = elsewhere.add_member(guild.env.create_user("Zoe"))
    chief = Actor(user_id=1, name="chief", guild_id=elsewhere.id, manages_guild=True)
    await guild.db.run(setup.configure, chief, review_channel_id=1)

    def draft(guild_id: int, user_id: int, caused_by: int, now: datetime) -> NotificationDraft:
        return NotificationDraft(
            NotificationKind.REINSTATED, guild_id, user_id, "1", now, caused_by=caused_by
        )

    async def write_many(tx: Transaction) -> None:
        await writing.write(tx, [draft(guild.id, each.id, 7, tx.now) for each in strangers])

    async def write_one(tx: Transaction) -> None:
        await writing.write(tx, [draft(elsewhere.id, zoe.id, 8, tx.now)])

    await guild.db.run(write_many)
    await guild.deliver()
    await guild.db.run(write_one)
    while (due := await guild.db.read(outbox.next_due)) is not None:
        await guild.env.advance_time(max((due - guild.now).total_seconds(), 1))
        await guild.deliver()
    first_messages = {
        person.id: person.user.dm_channel.history()[0].id for person in (*strangers, zoe)
    }
    order = sorted(first_messages, key=lambda user_id: first_messages[user_id])
    assert order.index(zoe.id) <= BURST + 2
    # The first are sent at the same time, in no particular order.
    order.remove(zoe.id)
    assert order[BURST:] == [each.id for each in strangers[BURST:]]
