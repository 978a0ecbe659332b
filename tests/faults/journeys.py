"""Short journeys, step by step. Each step can be taken again, as somebody would whose first try did
not come to anything, and says itself what is to be seen after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import simcord
from sqlalchemy import select

from bot.guilds.meeting_rooms import update_meeting_rooms
from mentorship.notifications.catalogue import NotificationKind
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Notification, Session
from tests.journeys.sessions.test_meeting_rooms import pair, places, wants
from tests.journeys.support.bookings import choose
from tests.journeys.support.panel import read
from tests.journeys.support.people import apply, card, confirmed, mentor
from tests.journeys.support.world import World, words

Result = simcord.InteractionResult | None
THURSDAY = datetime.fromisoformat("2026-03-05T10:00+00:00")
HOUR = timedelta(hours=1)


@dataclass
class Participants:
    """Who takes part, and where; `log` is where moderators read of trouble."""

    town: World
    log: simcord.ChannelHandle
    people: dict[str, simcord.MemberActor] = field(default_factory=dict)

    def __getattr__(self, name: str) -> simcord.MemberActor:
        return self.people[name]

    def cards(self) -> list[Any]:
        """What moderators have before them: the log channel stands in for the review channel."""
        return [*self.log.history(), *self.town.review.history()]

    async def moderators_know(self) -> bool:
        """Whether their log channel tells them, within the hour, of what could not be done."""
        told = (NotificationKind.TROUBLE, NotificationKind.UNDELIVERED)

        async def look(tx: Transaction) -> bool:
            asked = select(Notification.id).where(
                Notification.kind.in_(told), Notification.status != "failed"
            )
            return bool((await tx.connection.scalars(asked)).all())

        return await self.town.db.read(look)

    async def status(self) -> str:
        """How the only session stands."""

        async def look(tx: Transaction) -> str:
            (row,) = await tx.connection.execute(Session.__table__.select())
            return str(row.status)

        return await self.town.db.read(look)


Step = Callable[[Participants], Awaitable[Result]]


@dataclass(frozen=True)
class Journey:
    """`sets_out` is what came before and is not disturbed; `arrived` asserts where it ends."""

    sets_out: Callable[[Participants], Awaitable[None]]
    steps: tuple[Step, ...]
    arrived: Callable[[Participants], Awaitable[None]]


# --- what steps are made of -----------------------------------------------------------------------


def dm(who: str, label: str, shows: str) -> Step:
    """Press a button of the newest direct message that has it."""

    async def step(cast: Participants) -> Result:
        person = cast.people[who]
        seen = await person.user.click(_with(cast.town.inbox(person), label), label=label)
        _shows(shows, _read(seen), words(cast.town.last_dm(person)))
        return seen

    return step


def dm_twice(who: str, label: str, then: str, shows: str) -> Step:
    """Press a button, and one of what opens below it."""

    async def step(cast: Participants) -> Result:
        person = cast.people[who]
        asked = await person.user.click(_with(cast.town.inbox(person), label), label=label)
        seen = await person.user.click(asked.response, label=then)
        _shows(shows, _read(seen), words(cast.town.last_dm(person)))
        return seen

    return step


def card_button(who: str, label: str, shows: str) -> Step:
    """Press a button of the newest card of the moderators that has it."""

    async def step(cast: Participants) -> Result:
        await cast.people[who].click(_with(cast.cards(), label), label=label)
        assert any(shows in words(message) for message in cast.cards())
        return None

    return step


def command(who: str, name: str, shows: str, **options: Any) -> Step:
    """Use a command that answers at once."""

    async def step(cast: Participants) -> Result:
        seen = await cast.people[who].slash(cast.town.square, name, **options)
        _shows(shows, _read(seen))
        return seen

    return step


async def deliver(cast: Participants) -> Result:
    """The jobs run, and once more a little later."""
    for _ in range(2):
        await cast.town.wait_until(cast.town.now + timedelta(seconds=90), timedelta(seconds=30))
        await update_meeting_rooms(cast.town.bot, cast.town.db)
    return None


def until(then: datetime) -> Step:
    """Time passes, with the jobs."""

    async def step(cast: Participants) -> Result:
        while cast.town.now < then:
            await cast.town.wait_until(min(then, cast.town.now + HOUR / 2), timedelta(minutes=5))
            await update_meeting_rooms(cast.town.bot, cast.town.db)
        return await deliver(cast)

    return step


def told(who: str, *texts: str) -> Step:
    """Somebody has a direct message that says so."""

    async def step(cast: Participants) -> Result:
        inbox = "\n".join(words(message) for message in cast.town.inbox(cast.people[who]))
        for text in texts:
            assert inbox.count(text) == 1, f"{text!r} {inbox.count(text)} times in:\n{inbox}"
        return None

    return step


def _with(messages: list[Any], label: str) -> Any:
    for message in reversed(messages):
        for row in message.components:
            if any(getattr(item, "label", None) == label for item in row.children):
                return message
    raise AssertionError(f"nothing has a button {label!r}")


def _read(seen: Result) -> str:
    if seen is None:
        return ""
    shown = [seen.response, *seen.followups]
    # Pages of components have their text in them.
    return "\n".join(f"{words(each)}\n{read(each)}" for each in shown if each is not None)


def _shows(text: str, *where: str) -> None:
    assert any(text in each for each in where), f"{text!r} is not in {where}"


async def nothing(_cast: Participants) -> None:
    """There is nothing to be said of it."""


# --- the journeys ---------------------------------------------------------------------------------


async def newcomers(cast: Participants) -> None:
    cast.people["oliver"] = await cast.town.person("Oliver", zone="Europe/London")
    cast.people["priya"] = await cast.town.moderator("Priya")


async def applies(cast: Participants) -> Result:
    seen = await apply(cast.town, cast.oliver)
    assert "with the moderators" in _read(seen)
    return seen


async def asks_for_changes(cast: Participants) -> Result:
    message = _with(list(cast.town.review.history()), "Ask for changes")
    form = await cast.priya.click(message, label="Ask for changes")
    await cast.priya.submit_modal(form, {"reason": "Say more about testing."})
    assert any("asked for changes" in words(each).lower() for each in cast.town.review.history())
    return None


async def answers_changes(cast: Participants) -> Result:
    form = await cast.oliver.user.click(
        _with(cast.town.inbox(cast.oliver), "Change it"),
        label="Change it",
    )
    bio = "I mend other people's Python, and I test it first, every time."
    seen = await cast.oliver.user.submit_modal(
        form, {"expertise": "python, testing", "rate": "60", "bio": bio}
    )
    assert "with the moderators" in _read(seen)
    return seen


async def is_mentor(cast: Participants) -> None:
    assert cast.town.has_role(cast.oliver, cast.town.mentors)


async def pair_of_two(cast: Participants) -> None:
    cast.people["oliver"] = await mentor(cast.town, "Oliver")
    cast.people["maya"] = await cast.town.person("Maya", zone="America/New_York", points=100)
    cast.people["priya"] = await cast.town.moderator("Priya")


async def pair_that_will_meet(cast: Participants) -> None:
    await pair_of_two(cast)
    await confirmed(cast.town, cast.maya, cast.oliver, THURSDAY)


async def books(cast: Participants) -> Result:
    shown = await card(cast.town, cast.maya, cast.oliver, THURSDAY)
    seen = await cast.maya.click(shown.response, label="Confirm")
    assert "Request sent" in _read(seen)
    return seen


async def gives_stars(cast: Participants) -> Result:
    message = _with(cast.town.inbox(cast.maya), "4 ★")
    await cast.maya.user.click(message, label="4 ★")
    assert any("★★★★☆" in words(each) for each in cast.town.inbox(cast.maya))
    return None


async def proposes(cast: Participants) -> Result:
    oliver = cast.oliver.user
    days = await oliver.click(
        _with(cast.town.inbox(cast.oliver), "Propose another time"), label="Propose another time"
    )
    day = next(label for label in _options(days.response) if label.startswith("Fri 6 Mar"))
    times = await choose(oliver, days.response, day)
    time = next(label for label in _options(times.response) if label.startswith("11:00"))
    shown = await choose(oliver, times.response, time)
    await oliver.click(shown.response, label="Ask for this time")
    return None


def _options(message: Any) -> list[str]:
    return [
        option["label"]
        for row in message.components
        for item in row["components"]
        for option in item.get("options") or ()
    ]


def ends_as(*statuses: SessionStatus) -> Callable[[Participants], Awaitable[None]]:
    async def arrived(cast: Participants) -> None:
        assert await cast.status() in statuses

    return arrived


async def pair_with_a_room(cast: Participants, kind: str) -> None:
    cast.log = await wants(cast.town, kind)
    cast.people["oliver"], cast.people["maya"], _ = await pair(cast.town)


async def a_room(cast: Participants) -> Result:
    assert len(places(cast.town)) == 1
    return None


async def no_room(cast: Participants) -> None:
    assert places(cast.town) == []


def with_room(kind: str) -> Journey:
    async def sets_out(cast: Participants) -> None:
        await pair_with_a_room(cast, kind)

    start = datetime.fromisoformat("2026-03-02T15:00+00:00")
    return Journey(sets_out, (until(start), a_room, until(start + 2 * HOUR)), no_room)


JOURNEYS = {
    "becoming a mentor": Journey(
        newcomers,
        (
            applies,
            deliver,
            card_button("priya", "Approve", "approved"),
            deliver,
            told("oliver", "You are a mentor now"),
            command("oliver", "mentor hours", "When you can be booked", hours="daily 9-17"),
        ),
        is_mentor,
    ),
    "a text that is changed": Journey(
        newcomers,
        (
            applies,
            deliver,
            asks_for_changes,
            deliver,
            answers_changes,
            deliver,
            card_button("priya", "Approve", "approved"),
            deliver,
        ),
        is_mentor,
    ),
    "a session": Journey(
        pair_of_two,
        (
            books,
            deliver,
            dm("oliver", "Confirm", "Your session is confirmed"),
            deliver,
            told("maya", "confirmed your session"),
            until(THURSDAY + HOUR),
            told("maya", "starts now"),
            told("oliver", "starts now"),
            dm("maya", "It took place", "How was your session"),
            gives_stars,
            deliver,
            told("oliver", "gave you 4 of 5 stars"),
        ),
        ends_as(SessionStatus.COMPLETED),
    ),
    "another time": Journey(
        pair_that_will_meet,
        (
            proposes,
            deliver,
            told("maya", "Oliver asks to meet at another time."),
            dm("maya", "Take the new time", "Fri 6 Mar"),
            deliver,
            told("oliver", "takes the new time"),
        ),
        ends_as(SessionStatus.CONFIRMED),
    ),
    "a session that is called off": Journey(
        pair_that_will_meet,
        (
            dm_twice("oliver", "Cancel session", "Yes, cancel it", "cancelled"),
            deliver,
            told("maya", "are back in your account"),
        ),
        ends_as(SessionStatus.CANCELLED),
    ),
    "a dispute": Journey(
        pair_that_will_meet,
        (
            until(THURSDAY + HOUR),
            dm_twice("maya", "They didn't come", "They didn't come", "did not come"),
            deliver,
            dm("oliver", "It took place", "the moderators decide"),
            deliver,
            card_button("priya", "Give it back", "settled"),
            deliver,
        ),
        ends_as(SessionStatus.REFUNDED),
    ),
    "looking around": Journey(
        pair_that_will_meet,
        (
            command("maya", "sessions", "Oliver"),
            command("maya", "points balance", "40"),
            command("maya", "points history", "Oliver"),
            command("maya", "mentor search", "Oliver"),
            command("maya", "help", "book"),
            command("maya", "notifications", "Reminders"),
            command("maya", "timezone show", "New_York"),
            command("oliver", "mentor hours", "When you can be booked"),
            command("oliver", "mentor profile", "Oliver"),
            command("oliver", "mentor status", "approved"),
            command("priya", "moderation queue", "Well done"),
            command("priya", "moderation audit", "approved"),
            command("maya", "privacy export", "all"),
        ),
        ends_as(SessionStatus.CONFIRMED),
    ),
    "meeting in a thread": with_room("thread"),
    "meeting in a voice channel": with_room("voice"),
}
