"""Somebody asks what is kept about them, and then to be forgotten."""

from __future__ import annotations

import itertools
import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from mentorbot.logs import PACKAGES
from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.errors import StillToSettle
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import data_export, erasure
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
from mentorship.search import search
from mentorship.search.query import SearchQuery
from mentorship.sessions import booking, reviews, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.full_text import FULL_TEXT_TABLES, is_full_text_table
from storage.tables import Table
from tests.conftest import Clock
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community, hours

NAME, ID = "Zebedee Quux", 700_700_700_700_700_700


@dataclass
class Story:
    """Zebedee has done everything that a person can do here."""

    town: Community
    zebedee: Actor
    maya: Actor
    oliver: Actor
    taught: SessionView
    learnt: SessionView


@pytest.fixture
async def story(town: Community, clock: Clock) -> Story:
    db = town.db
    town._ids = itertools.count(ID)
    zebedee = await town.mentor(NAME)
    town._ids = itertools.count(1001)
    maya = await town.member("Maya", points=500)
    oliver = await town.mentor("Oliver")
    await town.grant(zebedee, 500)
    await town.settle(log_channel_id=13)

    taught = await town.session(SessionStatus.COMPLETED, maya, zebedee)
    await db.run(reviews.rate, maya, taught.id, 4, f"{NAME} explains well.")
    learnt = await town.session(SessionStatus.COMPLETED, zebedee, oliver, TUESDAY_NOON + hours(4))
    await db.run(reviews.rate, zebedee, learnt.id, 5, "A gem.")

    # As a moderator: decides, grants, suspends and takes it back.
    chief = replace(zebedee, manages_guild=True)
    await db.run(transfers.grant, chief, Recipient(maya.user_id, "Maya"), 7, "mine")
    _, application = await town.applicant("Ada")
    await db.run(
        application_review.decide, chief, application.id, Decision.REJECTED, "Not yet, I say."
    )
    await db.run(
        moderation.suspend, chief, oliver.user_id, "A quarrel with me", cancel_sessions=False
    )
    await db.run(moderation.reinstate, chief, oliver.user_id)
    await db.run(
        moderation.suspend, town.chief, zebedee.user_id, "An answer to that", cancel_sessions=False
    )
    await db.run(moderation.reinstate, town.chief, zebedee.user_id)

    # And has things before them.
    ahead = TUESDAY_NOON + hours(24 * 7)
    wish = BookingRequest(oliver.user_id, ahead, 60, "Zebedee's own topic", key="a key of mine")
    await db.run(booking.book, zebedee, wish)
    asked = await town.book(maya, zebedee, ahead + hours(2), topic=f"Ask {NAME} about loops")
    await db.run(transitions.confirm, zebedee, asked.id)
    await town.book(maya, zebedee, ahead + hours(4), topic="Testing")
    return Story(town, zebedee, maya, oliver, taught, learnt)


async def cells(tx: Transaction) -> list[str]:
    """Everything that the tables hold, those of the index of words too."""
    names = await tx.connection.run_sync(lambda held: inspect(held).get_table_names())
    found = []
    for name in names:
        if is_full_text_table(name) and name not in FULL_TEXT_TABLES:
            continue  # The bytes beneath SQLite's index, which let go when it is tidied.
        rows = await tx.connection.execute(text(f'SELECT * FROM "{name}"'))
        found += [f"{name}: {cell}" for row in rows for cell in row]
    return found


def traces(lines: list[str]) -> list[str]:
    marks = (str(ID), "zebedee", "quux")
    return [line for line in lines if any(mark in line.casefold() for mark in marks)]


async def test_erasure_leaves_no_trace_and_a_balanced_ledger(
    story: Story, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    db = story.town.db
    assert len(traces(await db.read(cells))) > 30
    for package in PACKAGES:
        caplog.set_level(logging.DEBUG, package)
    caplog.clear()
    result = await db.run(erasure.erase, story.zebedee)
    await db.vacuum()
    assert result.cancelled_sessions == 3
    assert caplog.records
    assert traces(await db.read(cells)) == []
    assert traces([str(vars(record)) for record in caplog.records]) == []
    marks = (str(ID).encode(), ID.to_bytes(8, "big"), b"zebedee", b"quux")
    for file in tmp_path.iterdir():
        data = file.read_bytes().lower()
        assert [mark for mark in marks if mark in data] == [], file.name
    assert await db.read(data_export.list_guilds_with_data, ID) == []
    # Their points have gone back; the fixture `town` looks at the books.
    (account,) = [row for row in (await story.town.dump())["accounts"] if (row.user_id or 0) < 0]
    assert account.balance == 0


async def test_erasure_keeps_others_history_and_cancels_their_sessions(story: Story) -> None:
    town, db = story.town, story.town.db
    before = await town.balance(story.maya)
    told = len(
        await town.notified_kinds(story.maya, NotificationKind.CANCELLED, NotificationKind.DECLINED)
    )
    await db.run(erasure.erase, story.zebedee)
    # Maya gets back what her two coming sessions would have cost.
    assert await town.balance(story.maya) == before + 120
    assert (
        len(
            await town.notified_kinds(
                story.maya, NotificationKind.CANCELLED, NotificationKind.DECLINED
            )
        )
        == told + 2
    )
    taught, learnt = await town.reload(story.taught), await town.reload(story.learnt)
    assert (taught.status, taught.price, taught.stars) == (SessionStatus.COMPLETED, 60, 4)
    assert taught.mentor.name == learnt.mentee.name == data_export.FORMER_MEMBER
    assert taught.starts_at == story.taught.starts_at
    found = await db.read(search.search, story.maya, SearchQuery(expertise="python"))
    assert [each.mentor.name for each in found.results] == ["Oliver"]
    assert await db.read(data_export.list_guilds_with_data, story.maya.user_id) == [town.guild_id]


async def test_erased_person_who_returns_is_new(story: Story) -> None:
    db = story.town.db
    await db.run(erasure.erase, story.zebedee)
    assert await story.town.balance(story.zebedee) == 0
    again = await story.town.join(story.zebedee, points=5)
    assert await story.town.balance(again) == 5
    await db.run(applications.apply, again, ProfileContent(["python"], 60, BIO))
    kept = await db.read(erasure.preview, again)
    assert (kept.has_data, kept.is_mentor, kept.points, kept.upcoming) == (True, False, 5, ())
    # Once more, with nothing but an application: there is no history of others to keep.
    await db.run(erasure.erase, again)
    assert traces(await db.read(cells)) == []


async def test_erasure_preview_shows_points_and_sessions(story: Story) -> None:
    kept = await story.town.db.read(erasure.preview, story.zebedee)
    assert (kept.has_data, kept.is_mentor, len(kept.upcoming)) == (True, True, 3)
    assert kept.points == await story.town.balance(story.zebedee)
    stranger = Actor(5, "Stranger", story.town.guild_id)
    assert not (await story.town.db.read(erasure.preview, stranger)).has_data
    await story.town.db.run(erasure.erase, stranger)


async def test_erasure_is_refused_during_a_session(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=100)
    before = await town.dump()
    await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    during = await town.dump()
    for person in (maya, oliver):
        with pytest.raises(StillToSettle):
            await town.db.run(erasure.erase, person)
    assert await town.dump() == during != before


async def test_erasure_does_not_affect_other_guilds(story: Story, village: Community) -> None:
    there = await village.join(story.zebedee, points=9)
    await story.town.db.run(erasure.erase, story.zebedee)
    assert await village.balance(there) == 9
    assert await village.db.read(data_export.list_guilds_with_data, ID) == [village.guild_id]


async def test_export_has_all_own_data_and_no_other_person(story: Story) -> None:
    given = await story.town.db.read(data_export.export, story.zebedee)
    written = json.dumps(given)
    assert given["user_id"] == str(ID)
    assert [row["name"] for row in given["members"]] == [NAME]
    assert len(given["sessions"]) == len(given["participants"]) == 5
    assert {row["text"] for row in given["reviews"]} == {f"{NAME} explains well.", "A gem."}
    assert {row["cause"] for row in given["transfers"]} >= {"grant", "hold", "payment"}
    assert given["tags"] == ["python"]
    assert "Zebedee's own topic" in written
    assert "a key of mine" in written
    for other in (story.maya, story.oliver):
        assert str(other.user_id) not in written
        assert other.name not in written


def test_every_column_with_a_user_id_is_listed() -> None:
    """Whoever adds one says in `data_export.PERSON_COLUMNS` how it is erased."""
    known = {(column.class_.__tablename__, column.key) for column, _ in data_export.PERSON_COLUMNS}
    endings = ("user_id", "_by", "mentor_id", "mentee_id", "author_id", "actor_id", "subject_id")
    found = {
        (table.name, column.name)
        for table in Table.metadata.tables.values()
        for column in table.columns
        if column.name.endswith(endings)
    }
    assert found == known
