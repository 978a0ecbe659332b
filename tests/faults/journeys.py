"""Short user journeys, as lists of steps.

Each step asserts what people see after it. A step can be repeated, like by someone whose first try
has failed.
"""

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
from tests.journeys.sessions.test_meeting_rooms import enable_rooms, pair, rooms
from tests.journeys.support.components import interactive_labels, iter_components, read_text
from tests.journeys.support.helpers import choose_option
from tests.journeys.support.scenarios import (
    approved_mentor,
    book_and_confirm,
    confirmation_card,
    submit_application,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text

Result = simcord.InteractionResult | None
THURSDAY = datetime.fromisoformat("2026-03-05T10:00+00:00")
HOUR = timedelta(hours=1)


@dataclass
class Participants:
    """The people of a journey. `log` is the channel in which the bot reports problems."""

    guild: SimulatedGuild
    log: simcord.ChannelHandle
    people: dict[str, simcord.MemberActor] = field(default_factory=dict)

    def __getattr__(self, name: str) -> simcord.MemberActor:
        return self.people[name]

    def cards(self) -> list[Any]:
        """Return the messages that moderators see, in the log channel and the review channel."""
        return [*self.log.history(), *self.guild.review_channel.history()]

    async def is_reported(self) -> bool:
        """Tell whether the log channel has got, or will get, a report of the problem."""
        kinds = (NotificationKind.DELIVERY_PROBLEM, NotificationKind.UNDELIVERED)

        async def query_notifications(tx: Transaction) -> bool:
            query = select(Notification.id).where(
                Notification.kind.in_(kinds), Notification.status != "failed"
            )
            return bool((await tx.connection.scalars(query)).all())

        return await self.guild.db.read(query_notifications)

    async def status(self) -> str:
        """Return the status of the only session."""

        async def load_status(tx: Transaction) -> str:
            (row,) = await tx.connection.execute(Session.__table__.select())
            return str(row.status)

        return await self.guild.db.read(load_status)


Step = Callable[[Participants], Awaitable[Result]]


@dataclass(frozen=True)
class Journey:
    """`prepare` runs without faults before the steps; `assert_done` checks the result."""

    prepare: Callable[[Participants], Awaitable[None]]
    steps: tuple[Step, ...]
    assert_done: Callable[[Participants], Awaitable[None]]


# --- building blocks of steps ---------------------------------------------------------------------


def dm(who: str, label: str, shows: str) -> Step:
    """Press a button of the newest direct message with such a button."""

    async def step(participants: Participants) -> Result:
        person = participants.people[who]
        result = await person.user.click(
            _find_message(participants.guild.inbox(person), label), label=label
        )
        _assert_shown(shows, _read(result), message_text(participants.guild.last_dm(person)))
        return result

    return step


def dm_and_confirm(who: str, label: str, then: str, shows: str) -> Step:
    """Press a button, and then one of the response."""

    async def step(participants: Participants) -> Result:
        person = participants.people[who]
        inbox = participants.guild.inbox(person)
        asking = [message for message in inbox if then in interactive_labels(message)]
        if then == label or not asking:
            confirmation = await person.user.click(_find_message(inbox, label), label=label)
            asking = [confirmation.response]
        # If the second press has failed, its message still asks.
        result = await person.user.click(asking[-1], label=then)
        _assert_shown(shows, _read(result), message_text(participants.guild.last_dm(person)))
        return result

    return step


def card_button(who: str, label: str, shows: str) -> Step:
    """Press a button of the moderators' newest card with such a button."""

    async def step(participants: Participants) -> Result:
        await participants.people[who].click(
            _find_message(participants.cards(), label), label=label
        )
        assert any(shows in message_text(message) for message in participants.cards())
        return None

    return step


def command(who: str, name: str, shows: str, **options: Any) -> Step:
    """Use a command, and check its answer."""

    async def step(participants: Participants) -> Result:
        result = await participants.people[who].slash(participants.guild.channel, name, **options)
        _assert_shown(shows, _read(result))
        return result

    return step


async def deliver(participants: Participants) -> Result:
    """Run the jobs, and again 90 seconds later."""
    for _ in range(2):
        await participants.guild.advance_to(
            participants.guild.now + timedelta(seconds=90), timedelta(seconds=30)
        )
        await update_meeting_rooms(participants.guild.bot, participants.guild.db)
    return None


def wait_until(moment: datetime) -> Step:
    """Let time pass, and run the jobs meanwhile."""

    async def step(participants: Participants) -> Result:
        while participants.guild.now < moment:
            await participants.guild.advance_to(
                min(moment, participants.guild.now + HOUR / 2), timedelta(minutes=5)
            )
            await update_meeting_rooms(participants.guild.bot, participants.guild.db)
        return await deliver(participants)

    return step


def has_message(who: str, *texts: str) -> Step:
    """Assert that someone has got exactly one direct message with each text."""

    async def step(participants: Participants) -> Result:
        inbox = "\n".join(
            message_text(message) for message in participants.guild.inbox(participants.people[who])
        )
        for text in texts:
            assert inbox.count(text) == 1, f"{text!r} {inbox.count(text)} times in:\n{inbox}"
        return None

    return step


def _find_message(messages: list[Any], label: str) -> Any:
    for message in reversed(messages):
        if label in interactive_labels(message):
            return message
    raise AssertionError(f"nothing has a button {label!r}")


def _read(result: Result) -> str:
    if result is None:
        return ""
    shown = [result.response, *result.followups]
    # Messages made of components have their text in these.
    return "\n".join(
        f"{message_text(each)}\n{read_text(each)}" for each in shown if each is not None
    )


def _assert_shown(text: str, *where: str) -> None:
    assert any(text in each for each in where), f"{text!r} is not in {where}"


async def assert_nothing(_participants: Participants) -> None:
    """Assert nothing."""


# --- the journeys ---------------------------------------------------------------------------------


async def prepare_applicant(participants: Participants) -> None:
    participants.people["oliver"] = await participants.guild.add_member(
        "Oliver", zone="Europe/London"
    )
    participants.people["priya"] = await participants.guild.add_moderator("Priya")


async def apply_as_mentor(participants: Participants) -> Result:
    result = await submit_application(participants.guild, participants.oliver)
    assert "with the moderators" in _read(result)
    return result


async def request_changes(participants: Participants) -> Result:
    message = _find_message(list(participants.guild.review_channel.history()), "Ask for changes")
    form = await participants.priya.click(message, label="Ask for changes")
    await participants.priya.submit_modal(form, {"reason": "Say more about testing."})
    assert any(
        "Changes requested by" in message_text(each)
        for each in participants.guild.review_channel.history()
    )
    return None


async def submit_changes(participants: Participants) -> Result:
    form = await participants.oliver.user.click(
        _find_message(participants.guild.inbox(participants.oliver), "Edit and resend"),
        label="Edit and resend",
    )
    bio = "I mend other people's Python, and I test it first, every time."
    result = await participants.oliver.user.submit_modal(
        form, {"expertise": "python, testing", "rate": "60", "bio": bio}
    )
    assert "with the moderators" in _read(result)
    return result


async def assert_is_mentor(participants: Participants) -> None:
    assert participants.guild.has_role(participants.oliver, participants.guild.mentor_role)


async def prepare_mentor_and_member(participants: Participants) -> None:
    participants.people["oliver"] = await approved_mentor(participants.guild, "Oliver")
    participants.people["maya"] = await participants.guild.add_member(
        "Maya", zone="America/New_York", points=100
    )
    participants.people["priya"] = await participants.guild.add_moderator("Priya")


async def prepare_confirmed_session(participants: Participants) -> None:
    await prepare_mentor_and_member(participants)
    await book_and_confirm(participants.guild, participants.maya, participants.oliver, THURSDAY)


async def book(participants: Participants) -> Result:
    shown = await confirmation_card(
        participants.guild, participants.maya, participants.oliver, THURSDAY
    )
    result = await participants.maya.click(shown.response, label="Confirm")
    assert "Request sent" in _read(result)
    return result


async def rate(participants: Participants) -> Result:
    message = _find_message(participants.guild.inbox(participants.maya), "4 ★")
    await participants.maya.user.click(message, label="4 ★")
    assert any(
        "★★★★☆" in message_text(each) for each in participants.guild.inbox(participants.maya)
    )
    return None


async def propose_time(participants: Participants) -> Result:
    oliver = participants.oliver.user
    days = await oliver.click(
        _find_message(participants.guild.inbox(participants.oliver), "Suggest another time"),
        label="Suggest another time",
    )
    day = next(label for label in _options(days.response) if label.startswith("Fri 6 Mar"))
    times = await choose_option(oliver, days.response, day)
    time = next(label for label in _options(times.response) if label.startswith("11:00"))
    shown = await choose_option(oliver, times.response, time)
    await oliver.click(shown.response, label="Suggest this time")
    return None


def _options(message: Any) -> list[str]:
    return [
        option["label"] for item in iter_components(message) for option in item.get("options") or ()
    ]


def assert_status(*statuses: SessionStatus) -> Callable[[Participants], Awaitable[None]]:
    async def assert_done(participants: Participants) -> None:
        assert await participants.status() in statuses

    return assert_done


async def prepare_session_with_channel(participants: Participants, kind: str) -> None:
    participants.log = await enable_rooms(participants.guild, kind)
    participants.people["oliver"], participants.people["maya"], _ = await pair(participants.guild)


async def assert_channel(participants: Participants) -> Result:
    assert len(rooms(participants.guild)) == 1
    return None


async def assert_no_channel(participants: Participants) -> None:
    assert rooms(participants.guild) == []


def channel_journey(kind: str) -> Journey:
    async def prepare(participants: Participants) -> None:
        await prepare_session_with_channel(participants, kind)

    start = datetime.fromisoformat("2026-03-02T15:00+00:00")
    return Journey(
        prepare,
        (wait_until(start), assert_channel, wait_until(start + 2 * HOUR)),
        assert_no_channel,
    )


JOURNEYS = {
    "becoming a mentor": Journey(
        prepare_applicant,
        (
            apply_as_mentor,
            deliver,
            card_button("priya", "Approve", "Approved by"),
            deliver,
            has_message("oliver", "You're a mentor now"),
            command("oliver", "mentor hours", "When you can be booked", hours="daily 9-17"),
        ),
        assert_is_mentor,
    ),
    "a text that is changed": Journey(
        prepare_applicant,
        (
            apply_as_mentor,
            deliver,
            request_changes,
            deliver,
            submit_changes,
            deliver,
            card_button("priya", "Approve", "Approved by"),
            deliver,
        ),
        assert_is_mentor,
    ),
    "a session": Journey(
        prepare_mentor_and_member,
        (
            book,
            deliver,
            dm("oliver", "Confirm", "Your session is confirmed"),
            deliver,
            has_message("maya", "confirmed your session"),
            wait_until(THURSDAY + HOUR),
            has_message("maya", "Your session with Oliver start"),
            has_message("oliver", "Your session with Maya start"),
            dm("maya", "We met", "How was your session"),
            rate,
            deliver,
            has_message("oliver", "gave you 4 stars"),
        ),
        assert_status(SessionStatus.COMPLETED),
    ),
    "another time": Journey(
        prepare_confirmed_session,
        (
            propose_time,
            deliver,
            has_message("maya", "Oliver suggested another time."),
            dm("maya", "Accept new time", "Fri 6 Mar"),
            deliver,
            has_message("oliver", "accepted the new time"),
        ),
        assert_status(SessionStatus.CONFIRMED),
    ),
    "a session that is called off": Journey(
        prepare_confirmed_session,
        (
            dm_and_confirm("oliver", "Cancel session", "Cancel session", "cancelled"),
            deliver,
            has_message("maya", "Oliver cancelled your session."),
        ),
        assert_status(SessionStatus.CANCELLED),
    ),
    "a dispute": Journey(
        prepare_confirmed_session,
        (
            wait_until(THURSDAY + HOUR),
            dm_and_confirm(
                "maya", "No-show", "Report no-show", "You reported that Oliver didn't come"
            ),
            deliver,
            dm("oliver", "We met", "The moderators decide"),
            deliver,
            card_button("priya", "Refund the mentee", "resolved"),
            deliver,
        ),
        assert_status(SessionStatus.REFUNDED),
    ),
    "looking around": Journey(
        prepare_confirmed_session,
        (
            command("maya", "sessions", "Oliver"),
            command("maya", "points balance", "40"),
            command("maya", "points history", "Oliver"),
            command("maya", "mentor search", "Oliver"),
            command("maya", "help", "book"),
            command("maya", "notifications", "Reminders"),
            command("maya", "timezone show", "New York"),
            command("oliver", "mentor hours", "When you can be booked"),
            command("oliver", "mentor profile", "Oliver"),
            command("oliver", "mentor status", "approved"),
            command("priya", "moderation queue", "all caught up"),
            command("priya", "moderation audit", "approved"),
            command("maya", "privacy export", "all"),
        ),
        assert_status(SessionStatus.CONFIRMED),
    ),
    "meeting in a thread": channel_journey("thread"),
    "meeting in a voice channel": channel_journey("voice"),
}
