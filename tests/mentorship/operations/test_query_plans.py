"""Queries use an index, so that they don't slow down as other people's data grows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import make_url

from mentorship.administration import audit, moderation_lists
from mentorship.availability import slot_queries
from mentorship.delivery import message_updates, outbox, outcomes, undelivered
from mentorship.delivery.message_updates import Edit, EditOutcome
from mentorship.mentors import application_review
from mentorship.points import adjustments, grant_requests, ledger, transfers
from mentorship.points.grant_requests import GrantRequestView
from mentorship.points.transfers import Recipient
from mentorship.search import directory, search
from mentorship.search.query import SearchQuery
from mentorship.sessions import points_history, rescheduling, session_views, transitions
from mentorship.sessions.follow_up import disputes, reviews
from mentorship.sessions.places import meeting
from mentorship.statuses import ProfileStatus, SessionStatus
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours
from tests.mentorship.support.statements import record_statements

pytestmark = pytest.mark.skipif(
    "config.getoption('engine') != 'sqlite'", reason="PostgreSQL scans small tables"
)

FEW = {"guilds", "meeting_places", "dm_budgets", "backups", "alembic_version"}
"""Small tables: a row for each guild, or for each session of this hour; two for the budget."""


def scanned_tables(url: str, statements: Iterable[tuple[str, Any]]) -> list[str]:
    """List the tables that SQLite would scan, each with the statement."""
    with closing(sqlite3.connect(make_url(url).database or "")) as file:
        tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master")} - FEW
        return [
            f"{table}: {statement}"
            for statement, values in statements
            if re.match(r"SELECT|INSERT|UPDATE|DELETE|WITH", statement)
            for *_, step in file.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            if step.startswith("SCAN ") and "VIRTUAL TABLE" not in step
            for table in tables & {re.sub(r"_\d+$", "", step.split()[1])}
        ]


async def test_no_query_scans_a_growing_table(town: Community, database_url: str) -> None:
    await town.configure(log_channel_id=9, fee_percent=10, starting_balance=5)
    db, clock = town.db, town.clock
    with record_statements(db) as executed:
        # Someone becomes a mentor, and someone else gets and spends points.
        oliver = await town.mentor("Oliver")
        maya = await town.member("Maya")
        await db.run(adjustments.grant, town.chief, Recipient(maya.user_id, "Maya"), 500, "Welcome")
        await db.run(transfers.give, maya, Recipient(oliver.user_id, "Oliver"), 10)
        await db.run(adjustments.deduct, town.chief, Recipient(maya.user_id, "Maya"), 5, "A slip")
        large = (Recipient(maya.user_id, "Maya"), 20_000, "A prize")
        grant = await db.run(grant_requests.grant_or_request, town.chief, *large)
        assert isinstance(grant, GrantRequestView)
        await db.read(grant_requests.list_pending, town.chief)
        await db.run(grant_requests.reject, replace(town.chief, user_id=2), grant.id)
        await db.read(search.search, maya, SearchQuery(expertise="pyton"))
        await db.read(directory.suggest_mentors, maya, "oli")
        await db.read(slot_queries.suggest_slots, maya, oliver.user_id)

        # Sessions with each outcome, a pending one, and one that is moved.
        for number, status in enumerate(
            (
                SessionStatus.COMPLETED,
                SessionStatus.CANCELLED,
                SessionStatus.DECLINED,
                SessionStatus.REFUNDED,
            )
        ):
            await town.session(status, maya, oliver, TUESDAY_NOON + hours(24 * number))
        await town.book(maya, oliver, clock.now + hours(24))
        moved = await town.book(maya, oliver, clock.now + hours(48))
        await db.run(transitions.confirm, oliver, moved.id)
        await db.run(rescheduling.propose, maya, moved.id, clock.now + hours(50))
        await db.run(rescheduling.accept, oliver, moved.id)

        # Members view and rate their sessions. Moderators view theirs, too.
        await db.read(session_views.list_upcoming, maya)
        await db.read(session_views.list_past, maya)
        (done,) = await db.read(session_views.list_rateable, maya)
        await db.run(reviews.rate, maya, done.id, 5, "Very clear.")
        await db.read(points_history.list_page, maya)
        await db.read(points_history.load_wallet, maya)
        await db.read(ledger.load_balance, maya)
        await db.read(moderation_lists.list_mentors, town.chief, ProfileStatus.APPROVED)
        await db.read(moderation_lists.list_reviews, town.chief)
        await db.read(audit.list_entries, town.chief)
        await db.read(disputes.list_pending, town.chief)
        await db.read(application_review.list_pending, town.chief)

        # The jobs.
        await db.read(outbox.next_due)
        claimed = await db.run(outbox.claim_due)
        await db.run(
            outcomes.record, [outcomes.sent(notification, 1, 2) for notification in claimed]
        )
        await db.run(transitions.cancel, oliver, moved.id)
        assert await db.read(message_updates.has_outdated)
        outdated = await db.run(message_updates.claim_outdated)
        edits = [Edit(each, EditOutcome.EDITED) for each in outdated.messages]
        await db.run(message_updates.record, edits)
        await db.read(undelivered.list_for_member, town.guild_id, maya.user_id, 5)
        await db.run(transitions.advance_due)
        await db.read(meeting.has_due_rooms)
    statements = dict(executed)
    assert len(statements) > 80
    assert scanned_tables(database_url, statements.items()) == []
