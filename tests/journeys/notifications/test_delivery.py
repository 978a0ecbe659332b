"""When Discord refuses, fails or is slow: people end up told, or the failure ends up visible."""

from __future__ import annotations

from datetime import timedelta
from fnmatch import fnmatch
from typing import Any

import aiohttp
import discord
import pytest

from bot.notifications.dm_rate_limit import BURST, INTERVAL
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.delivery import outbox
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.operations import health
from storage import Transaction
from storage.tables import Notification
from tests.journeys.support.people import apply, booked, card, mentor
from tests.journeys.support.world import World, labels, words

MESSAGES, OPEN = "/channels/*/messages", "/users/@me/channels"
CLOSED: dict[str, Any] = {"status": 403, "code": 50007, "message": "Cannot send messages"}


async def configure(town: World, **settings: Any) -> None:
    chief = Actor(user_id=1, name="chief", guild_id=town.guild.id, manages_guild=True)
    await town.db.run(setup.configure, chief, **settings)


async def statuses(town: World, kind: NotificationKind) -> list[tuple[str, str | None]]:
    async def look(tx: Transaction) -> list[tuple[str, str | None]]:
        rows = await tx.connection.execute(
            Notification.__table__.select()
            .where(Notification.kind == kind)
            .order_by(Notification.id)
        )
        return [(row.status, row.problem) for row in rows]

    return await town.db.read(look)


async def asks(town: World) -> tuple[Any, Any]:
    """Maya has asked Oliver for a session; he has not been told yet."""
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=500)
    shown = await card(town, maya, oliver, town.now + timedelta(days=1))
    await maya.click(shown.response, label="Confirm")
    return maya, oliver


# --- what passes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [MESSAGES, OPEN])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_what_passes_only_delays_it(town: World, path: str, status: int) -> None:
    _maya, oliver = await asks(town)
    if path == OPEN:
        await forget_open_messages(town)
    before = len(town.inbox(oliver))
    town.env.inject_error("POST", path, status=status, times=3)
    assert await town.deliver() == 0
    assert len(town.inbox(oliver)) == before
    await town.wait_until(town.now + timedelta(minutes=2), step=timedelta(seconds=5))
    (news,) = town.inbox(oliver)[before:]
    assert "Maya would like a session with you" in words(news)
    assert await statuses(town, NotificationKind.REQUESTED) == [("sent", None)]


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
async def test_a_silence_or_a_lost_connection_only_delays_it(
    town: World, monkeypatch: pytest.MonkeyPatch, path: str, failure: Exception
) -> None:
    _maya, oliver = await asks(town)
    if path == OPEN:
        await forget_open_messages(town)
    before = len(town.inbox(oliver))
    asked = town.bot.http.request

    async def lost(route: discord.http.Route, **options: Any) -> Any:
        if route.method == "POST" and fnmatch(f"/{route.url.partition('/v10/')[2]}", path):
            raise failure
        return await asked(route, **options)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(town.bot.http, "request", lost)
        assert await town.deliver() == 0
    ((status, problem),) = await statuses(town, NotificationKind.REQUESTED)
    assert (status, type(failure).__name__ in (problem or "")) == ("waiting", True)
    await town.wait_until(town.now + timedelta(minutes=2), step=timedelta(seconds=5))
    (news,) = town.inbox(oliver)[before:]
    assert "Maya would like a session with you" in words(news)


async def forget_open_messages(town: World) -> None:
    """As if nobody had been written to before."""

    async def forget(tx: Transaction) -> None:
        await tx.connection.exec_driver_sql("UPDATE members SET dm_channel_id = NULL")

    await town.db.run(forget)
    await town.restart()


async def test_the_moderators_card_waits_for_a_channel_that_is_out_of_order(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    await apply(town, oliver)
    town.env.inject_error("POST", MESSAGES, status=503)
    await town.deliver()
    await town.wait_until(town.now + timedelta(minutes=1), step=timedelta(seconds=10))
    assert "Oliver wants to mentor" in words(town.review.last_message)


async def test_a_role_that_can_t_be_given_yet_is_given_later_and_the_news_comes_once(
    town: World,
) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    priya = await town.moderator("Priya")
    await apply(town, oliver)
    await town.deliver()
    await priya.click(town.review.last_message, label="Approve")
    town.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=500)
    await town.deliver()
    assert not town.has_role(oliver, town.mentors)
    await town.wait_until(town.now + timedelta(minutes=1), step=timedelta(seconds=10))
    assert town.has_role(oliver, town.mentors)
    (news,) = town.inbox(oliver)
    assert "Welcome among the mentors" in words(news)


async def test_opening_too_fast_is_heeded(town: World) -> None:
    _maya, oliver = await asks(town)
    await forget_open_messages(town)
    before = len(town.inbox(oliver))
    town.env.inject_error("POST", OPEN, status=403, code=40003, message="too fast")
    await town.deliver()
    await town.wait_until(town.now + timedelta(minutes=9), step=timedelta(seconds=30))
    assert len(town.inbox(oliver)) == before, "nothing is opened for ten minutes"
    await town.wait_until(town.now + timedelta(minutes=2), step=timedelta(seconds=30))
    assert "Maya would like a session with you" in words(town.last_dm(oliver))


# --- what stays -----------------------------------------------------------------------------------


async def test_closed_messages_and_no_channel_it_is_shown_at_the_next_command_once(
    town: World,
) -> None:
    maya, oliver = await asks(town)
    town.env.inject_error("POST", MESSAGES, **CLOSED)
    await town.deliver()
    ((status, problem),) = await statuses(town, NotificationKind.REQUESTED)
    assert status == "failed"
    assert "50007" in (problem or "")
    answer = await oliver.slash(town.square, "sessions")
    told = [message for message in answer.followups if message.embeds]
    assert [labels(message) for message in told] == [["Confirm", "Decline", "Propose another time"]]
    assert "Maya would like a session with you" in words(told[0])
    assert all(message.flags.ephemeral for message in answer.followups)
    # What it offers works, and it is not said twice.
    await oliver.click(told[0], label="Confirm")
    await town.deliver()
    assert "Oliver confirmed" in words(town.last_dm(maya))
    answer = await oliver.slash(town.square, "sessions")
    assert answer.followups == []


async def test_closed_messages_and_a_channel_a_mention_with_nothing_private(town: World) -> None:
    notices = town.guild.create_text_channel("news")
    await configure(town, notices_channel_id=notices.id)
    maya, oliver = await asks(town)
    town.env.inject_error("POST", MESSAGES, **CLOSED)
    await town.deliver()
    mention = notices.last_message
    assert f"<@{oliver.id}>" in words(mention)
    assert "Use any command of mine here" in words(mention)
    assert "Maya" not in words(mention)
    assert [user.id for user in mention.mentions] == [oliver.id]
    # One mention is enough until he comes by.
    other = await card(town, maya, oliver, town.now + timedelta(days=2))
    await maya.click(other.response, label="Confirm")
    town.env.inject_error("POST", MESSAGES, **CLOSED)
    await town.deliver()
    assert len(notices.history()) == 1
    answer = await oliver.slash(town.square, "sessions")
    assert len([message for message in answer.followups if message.embeds]) == 2


async def test_the_moderators_hear_what_did_not_arrive(town: World) -> None:
    log = town.guild.create_text_channel("mentor-log")
    await configure(town, log_channel_id=log.id)
    maya, oliver = await asks(town)
    await town.deliver()
    before = len(log.history())
    town.env.inject_error("POST", MESSAGES, **CLOSED)
    await oliver.user.click(town.last_dm(oliver), label="Confirm")
    await town.deliver()
    given_up = await town.db.read(health.list_undelivered)
    assert sum(each.count for each in given_up) == 1
    await town.wait_until(town.now + timedelta(hours=1))
    (news,) = log.history()[before:]
    assert "Some messages did not arrive in the last hour" in words(news)
    assert f"<@{maya.id}>: 1 message" in words(news)


async def test_nobody_is_looked_for_who_is_gone(town: World) -> None:
    _maya, _oliver = await asks(town)
    await forget_open_messages(town)
    town.env.inject_error("POST", OPEN, status=404, code=10013, message="Unknown User")
    await town.deliver()
    ((status, problem),) = await statuses(town, NotificationKind.REQUESTED)
    assert status == "dropped"
    assert "10013" in (problem or "")


async def test_a_closed_conversation_is_opened_anew(town: World) -> None:
    _maya, oliver = await asks(town)
    town.env.inject_error("POST", MESSAGES, status=404, code=10003, message="Unknown Channel")
    assert await town.deliver() == 1
    assert "Maya would like a session with you" in words(town.last_dm(oliver))


async def test_what_discord_finds_malformed_is_not_tried_for_ever(
    town: World, caplog: pytest.LogCaptureFixture
) -> None:
    await asks(town)
    town.env.inject_error("POST", MESSAGES, status=400, code=50035, message="Invalid Form Body")
    await town.deliver()
    ((status, problem),) = await statuses(town, NotificationKind.REQUESTED)
    assert status == "failed"
    assert "50035" in (problem or "")
    assert "notification rejected as malformed" in caplog.text


async def test_a_session_that_starts_while_discord_is_out_of_order(town: World) -> None:
    """What is about it is given up when it is of no more use, and one can see that."""
    maya = await town.person("Maya", zone="Europe/London", points=500)
    oliver = await mentor(town, "Oliver")
    starts = town.now + timedelta(hours=2)
    await booked(town, maya, oliver, starts)
    await oliver.user.click(town.last_dm(oliver), label="Confirm")
    await town.deliver()
    heard = len(town.inbox(maya))
    town.env.inject_error("POST", MESSAGES, status=503, times=None)
    await town.wait_until(starts + timedelta(hours=2))
    town.env.backend.faults.clear()
    assert len(town.inbox(maya)) == heard
    given_up = await town.db.read(health.list_undelivered)
    assert sum(each.count for each in given_up) == 6, (
        "two reminders and the start, for each of the two"
    )
    await town.wait_until(town.now + timedelta(hours=1))
    assert [
        "Your session with Oliver is over." in words(each) for each in town.inbox(maya)[heard:]
    ] == [True]


# --- after a downtime -----------------------------------------------------------------------------


async def test_of_the_reminders_that_were_missed_only_the_newest_comes(town: World) -> None:
    maya = await town.person("Maya", zone="Europe/London", points=500)
    oliver = await mentor(town, "Oliver")
    starts = town.now + timedelta(days=2)
    await booked(town, maya, oliver, starts)
    await oliver.user.click(town.last_dm(oliver), label="Confirm")
    await town.deliver()
    heard = len(town.inbox(maya))
    await town.env.advance_time((starts - timedelta(minutes=50) - town.now).total_seconds())
    await town.deliver()
    (news,) = town.inbox(maya)[heard:]
    assert "You meet Oliver in 50 minutes" in words(news), "it says what is true now"


async def test_nothing_comes_about_what_is_over(town: World) -> None:
    maya = await town.person("Maya", zone="Europe/London", points=500)
    oliver = await mentor(town, "Oliver")
    starts = town.now + timedelta(hours=3)
    shown = await card(town, maya, oliver, starts)
    await maya.click(shown.response, label="Confirm")
    heard = len(town.inbox(oliver))
    await town.env.advance_time(timedelta(hours=5).total_seconds())
    await town.deliver()
    assert len(town.inbox(oliver)) == heard


@pytest.mark.parametrize("people", [30, pytest.param(1_000, marks=pytest.mark.long)])
async def test_many_that_were_missed_neither_flood_anybody_nor_break_a_limit(
    town: World, people: int
) -> None:
    """To people who were never written to: so many are opened at once, then one after the other,
    in order; what is urgent goes first."""
    crowd = [await town.person(f"Person {number}") for number in range(people)]

    async def write(tx: Transaction) -> None:
        await writing.write(
            tx,
            [
                NotificationDraft(
                    kind,
                    town.guild.id,
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

    await town.db.run(write)
    await town.env.advance_time(timedelta(days=2).total_seconds())
    since = town.now
    await town.deliver()
    heard = [person for person in crowd if town.inbox(person)]
    assert heard == crowd[:BURST]
    while (due := await town.db.read(outbox.next_due)) is not None:
        await town.env.advance_time((due - town.now).total_seconds())
        await town.deliver()
    took = town.now - since
    assert took == (people - BURST) * INTERVAL
    told = [[message.embeds[0].title for message in town.inbox(person)] for person in crowd]
    assert told == [["Your mentor profile is suspended", "Welcome back"]] * people
