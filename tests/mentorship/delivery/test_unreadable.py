"""A notification that can't be read delays no other, and has failed after an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Row, select, text

from mentorship import faults
from mentorship.actors import Actor
from mentorship.delivery import outbox, outcomes, undelivered
from mentorship.delivery.loading import DueNotification
from mentorship.delivery.unreadable import RETRY_FOR
from mentorship.faults import FaultKind
from mentorship.notifications import preferences, writing
from mentorship.notifications.catalogue import NotificationKind as Kind
from mentorship.notifications.writing import NotificationDraft
from mentorship.sessions.session_views import SessionView
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from storage.tables import Notification
from tests.mentorship.support.community import Community

KINDS_WITH_FACTS = (Kind.POINTS, Kind.LOGGED, Kind.GRANT_REQUESTED, Kind.GRANT_DECIDED)

CORRUPTIONS = {
    "a kind of a newer version": "UPDATE notices SET kind = 'postcard' WHERE key = :key",
    "facts of another shape": "UPDATE notices SET kind = 'points', facts = '[1]' WHERE key = :key",
    "a report without its hour": "UPDATE notices SET kind = 'undelivered' WHERE key = :key",
    "a transfer that is no number": (
        """UPDATE notices SET kind = 'points', facts = '{"transfer": {}}' WHERE key = :key"""
    ),
    "an entry of the log that is gone": (
        """UPDATE notices SET kind = 'logged', facts = '{"entry": 99}' WHERE key = :key"""
    ),
    "settings of another shape": "UPDATE members SET muted_notices = '5' WHERE user_id = :maya",
} | {
    f"{kind} without facts": f"UPDATE notices SET kind = '{kind}' WHERE key = :key"
    for kind in KINDS_WITH_FACTS
}

ONLY_ON_SQLITE = {
    "a session of an unknown status": "UPDATE sessions SET status = 'paused' WHERE id = :session",
    "malformed facts": "UPDATE notices SET facts = '{' WHERE key = :key",
    "malformed settings": "UPDATE members SET muted_notices = '{' WHERE user_id = :maya",
    "an instant that is none": "UPDATE notices SET due_at = 'soon' WHERE key = :key",
    "malformed settings of the server": "UPDATE guilds SET reminders = '{' WHERE id = :guild",
}


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=5_000)


@pytest.fixture
async def session(town: Community, maya: Actor) -> SessionView:
    """A session of Maya, with nothing in the outbox."""
    session = await town.book(maya, await town.mentor("Noor"))
    await town.deliver()
    return session


async def put(community: Community, subject: str, user_id: int, session_id: int | None) -> str:
    """Write a notification that is due now, and return its key."""
    draft = NotificationDraft(
        Kind.COMPLETED,
        community.guild_id,
        user_id,
        subject,
        due_at=community.clock.now,
        session_id=session_id,
    )

    async def write(tx: Transaction) -> None:
        await writing.write(tx, [draft])

    await community.db.run(write)
    return draft.key


async def corrupt(town: Community, statement: str, **values: object) -> None:
    """Change data behind the program's back."""
    change = text(statement)
    names = change.compile().params

    async def execute(tx: Transaction) -> None:
        checks = "PRAGMA ignore_check_constraints = {}"
        if tx.dialect == "sqlite":
            await tx.connection.exec_driver_sql(checks.format("ON"))
        await tx.connection.execute(change, {name: values[name] for name in names})
        if tx.dialect == "sqlite":
            await tx.connection.exec_driver_sql(checks.format("OFF"))

    await town.db.run(execute)


async def find(town: Community, key: str) -> Row[*tuple[Any, ...]]:
    """Return those columns of a notification that can be read."""
    columns = ("id", "status", "attempts", "problem", "next_at", "settled_at")

    async def query(tx: Transaction) -> Row[*tuple[Any, ...]]:
        named = (getattr(Notification, name) for name in columns)
        rows = await tx.connection.execute(select(*named).where(Notification.key == key))
        return rows.one()

    return await town.db.read(query)


def keys(claimed: Sequence[DueNotification]) -> set[str]:
    return {each.key for each in claimed}


async def claim_and_count(
    tx: Transaction,
) -> tuple[list[DueNotification], list[tuple[str, ...]]]:
    """Claim what is due. Also returns what the metrics count of it."""
    return await outbox.claim_due(tx), tx.tally


@pytest.mark.parametrize("corruption", [*CORRUPTIONS, *ONLY_ON_SQLITE])
async def test_others_are_claimed_if_one_is_unreadable(
    town: Community,
    village: Community,
    maya: Actor,
    session: SessionView,
    corruption: str,
    request: pytest.FixtureRequest,
) -> None:
    """It is postponed with a reference, retried for an hour, and has then failed."""
    if corruption in ONLY_ON_SQLITE and request.config.getoption("engine") != "sqlite":
        pytest.skip("PostgreSQL refuses to store it")
    bad = await put(town, "bad", maya.user_id, session.id)
    other = await put(village, "other", village.chief.user_id, None)
    statement = (CORRUPTIONS | ONLY_ON_SQLITE)[corruption]
    values = {"key": bad, "maya": maya.user_id, "session": session.id, "guild": town.guild_id}
    await corrupt(town, statement, **values)

    assert keys(await town.db.run(outbox.claim_due)) == {other}
    row = await find(town, bad)
    assert (row.status, row.attempts) == ("waiting", 0)
    assert row.next_at > town.clock.now
    (fault,) = await town.db.read(faults.list_recent)
    assert (fault.kind, fault.row_id) == (FaultKind.DELIVERY, row.id)
    assert fault.reference in row.problem

    # What comes later for the same person, or in the same guild, isn't held back by it.
    if "guilds" not in statement and "members" not in statement:
        later = await put(town, "later", maya.user_id, None)
        assert later in keys(await town.db.run(outbox.claim_due))

    town.clock.now += RETRY_FOR
    claimed, counted = await town.db.run(claim_and_count)
    assert bad not in keys(claimed)
    assert [status for _, _, status in counted] == ["failed"]
    row = await find(town, bad)
    assert (row.status, row.settled_at) == ("failed", town.clock.now)
    assert fault.reference in row.problem
    page = await town.db.read(undelivered.list_for_member, town.guild_id, maya.user_id, 10)
    if "sessions" in statement:
        # What follows a test checks the ledger, for which the session has to be one.
        await corrupt(town, "UPDATE sessions SET status = 'scheduled'")
    assert page.unreadable_ids == {row.id} or [each.id for each in page.notifications] == [row.id]


async def test_a_notification_that_can_be_read_again_is_sent(
    town: Community, maya: Actor, session: SessionView
) -> None:
    key = await put(town, "1", maya.user_id, session.id)
    await corrupt(town, "UPDATE notices SET kind = 'postcard' WHERE key = :key", key=key)
    assert await town.db.run(outbox.claim_due) == []
    await corrupt(town, "UPDATE notices SET kind = 'completed' WHERE key = :key", key=key)
    assert await town.db.run(outbox.claim_due) == [], "it awaits its retry"
    town.clock.now += faults.FIRST_RETRY_DELAY
    (notification,) = await town.db.run(outbox.claim_due)
    assert (notification.key, notification.attempts) == (key, 1)
    await town.db.run(outcomes.record, [outcomes.sent(notification, 7, 8)])
    assert await town.db.read(faults.list_recent) == []
    row = await find(town, key)
    assert (row.status, row.problem) == ("sent", None)


async def test_a_text_that_cannot_be_rendered_is_postponed(town: Community, maya: Actor) -> None:
    """It is tried for an hour, and holds back nothing else."""
    key = await put(town, "1", maya.user_id, None)
    since = town.clock.now
    attempts = 0
    while (await find(town, key)).status == "waiting":
        for notification in await town.db.run(outbox.claim_due):
            attempts += 1
            outcome = outcomes.unreadable(notification, KeyError("minutes"))
            await town.db.run(outcomes.record, [outcome])
            later = await put(town, f"later {attempts}", maya.user_id, None)
            (other,) = await town.db.run(outbox.claim_due)
            assert other.key == later
            await town.db.run(outcomes.record, [outcomes.sent(other, 7, 8)])
        town.clock.turn(minutes=1)
    row = await find(town, key)
    assert row.status == "failed"
    assert RETRY_FOR <= row.settled_at - since < 2 * RETRY_FOR
    (fault,) = await town.db.read(faults.list_recent)
    assert (fault.row_id, fault.error, fault.count) == (row.id, "KeyError", attempts)
    assert attempts < 10, "the delay grows each time"


async def test_other_outcomes_are_recorded_if_one_fails(
    town: Community, maya: Actor, session: SessionView
) -> None:
    """A message that was sent counts as sent, whatever else follows from it."""
    await town.configure(log_channel_id=12)
    await town.deliver()
    await put(town, "question", maya.user_id, session.id)
    await put(town, "other", town.chief.user_id, None)
    await corrupt(town, "UPDATE notices SET kind = 'how_was_it' WHERE session_id IS NOT NULL")
    question, other = await town.db.run(outbox.claim_due)
    assert question.session is not None
    broken = replace(question, session=replace(question.session, next_at=None, complete_after="x"))
    await town.db.run(outcomes.record, [outcomes.sent(broken, 7, 8), outcomes.sent(other, 7, 9)])
    rows = [await find(town, each.key) for each in (question, other)]
    assert [row.status for row in rows] == ["sent", "sent"]
    assert len(await town.db.read(faults.list_recent)) == 1


async def test_quiet_hours_in_an_unknown_zone_count_as_utc(
    town: Community, village: Community, maya: Actor
) -> None:
    """They count as UTC, where it is noon."""
    await town.db.run(preferences.set_quiet_hours, maya, QuietHours(22 * 60, 7 * 60))
    await corrupt(
        town, "UPDATE members SET timezone = 'Mars/Phobos' WHERE user_id = :maya", maya=maya.user_id
    )
    due = {
        await put(town, "1", maya.user_id, None),
        await put(village, "2", village.chief.user_id, None),
    }
    assert keys(await town.db.run(outbox.claim_due)) == due
