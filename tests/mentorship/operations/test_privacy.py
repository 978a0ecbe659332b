"""Export and erasure of a person's data."""

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
from mentorship.errors import StillToSettle, TermsChanged
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import erasure, personal_data
from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from mentorship.relationships import links, next_steps, notes
from mentorship.relationships.next_steps import StepDraft
from mentorship.relationships.texts import Assignee
from mentorship.search import search
from mentorship.search.query import SearchQuery
from mentorship.sessions import booking, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import reviews
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction, compaction
from storage.full_text import FULL_TEXT_TABLES, is_full_text_table
from tests.conftest import Clock
from tests.mentorship.support import exports
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community, hours

NAME, ID = "Zebedee Quux", 700_700_700_700_700_700


@dataclass
class Story:
    """A guild in which Zebedee has done everything that a person can do."""

    town: Community
    zebedee: Actor
    maya: Actor
    oliver: Actor
    taught: SessionView
    learnt: SessionView


@pytest.fixture
async def story(town: Community) -> Story:
    return await tell_story(town)


async def tell_story(town: Community) -> Story:
    """Let Zebedee do everything in a guild."""
    db = town.db
    town._ids = itertools.count(ID)
    zebedee = await town.mentor(NAME)
    town._ids = itertools.count(1001)
    maya = await town.member("Maya", points=500)
    oliver = await town.mentor("Oliver")
    await town.grant(zebedee, 500)
    await town.configure(log_channel_id=13)

    taught = await town.session(SessionStatus.COMPLETED, maya, zebedee)
    await db.run(reviews.rate, maya, taught.id, 4, f"{NAME} explains well.")
    learnt = await town.session(SessionStatus.COMPLETED, zebedee, oliver, TUESDAY_NOON + hours(4))
    await db.run(reviews.rate, zebedee, learnt.id, 5, "A gem.")

    await keep_notes(town, zebedee, maya, taught.id)

    # Zebedee also moderates: decides, grants, suspends and reinstates.
    chief = replace(zebedee, manages_guild=True)
    await db.run(adjustments.grant, chief, Recipient(maya.user_id, "Maya"), 7, "Thanks")
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

    # Upcoming sessions.
    ahead = TUESDAY_NOON + hours(24 * 7)
    request = BookingRequest(oliver.user_id, ahead, 60, "Zebedee's own topic", key="a key of mine")
    await db.run(booking.book, zebedee, request)
    confirmed = await town.book(maya, zebedee, ahead + hours(2), topic=f"Ask {NAME} about loops")
    await db.run(transitions.confirm, zebedee, confirmed.id)
    await town.book(maya, zebedee, ahead + hours(4), topic="Testing")
    return Story(town, zebedee, maya, oliver, taught, learnt)


async def keep_notes(town: Community, zebedee: Actor, maya: Actor, session_id: int) -> None:
    """Let Zebedee, the mentor, and Maya write notes, steps and links about their session."""
    db = town.db
    await db.run(notes.write_shared, zebedee, session_id, "Bring the slides.")
    both = f"Bring the slides of {NAME}, and <@{ID}>'s book."
    await db.run(notes.write_shared, maya, session_id, both)
    await db.run(notes.write_private, zebedee, session_id, "Quux thinks that she is brilliant.")
    await db.run(notes.write_private, maya, session_id, "Ask about loops.")
    for goal, assignee in (
        (f"Read {NAME}'s chapter", Assignee.MENTEE),
        ("Send the chapter, Quux", Assignee.MENTOR),
        ("Meet again", Assignee.BOTH),
    ):
        draft = StepDraft(goal, assignee, town.clock().date() + hours(48))
        step = await db.run(next_steps.add, zebedee, session_id, draft)
    await db.run(next_steps.complete, zebedee, step.id)
    await db.run(links.add, zebedee, session_id, "Recording", "https://example.com/quux.mp4")
    await db.run(links.add, maya, session_id, "Homework", "https://example.com/homework")


async def cells(tx: Transaction) -> list[str]:
    """Return the content of all tables, including the full-text index."""
    names = await tx.connection.run_sync(lambda connection: inspect(connection).get_table_names())
    lines = []
    for name in names:
        if is_full_text_table(name) and name not in FULL_TEXT_TABLES:
            continue  # Internal tables of SQLite's index, which forget words when they are merged.
        rows = await tx.connection.execute(text(f'SELECT * FROM "{name}"'))
        lines += [f"{name}: {cell}" for row in rows for cell in row]
    return lines


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
    await compaction.compact(db)
    assert result.cancelled_sessions == 3
    assert caplog.records
    assert traces(await db.read(cells)) == []
    assert traces([str(vars(record)) for record in caplog.records]) == []
    marks = (str(ID).encode(), ID.to_bytes(8, "big"), b"zebedee", b"quux")
    for file in tmp_path.iterdir():
        data = file.read_bytes().lower()
        assert [mark for mark in marks if mark in data] == [], file.name
    assert await db.read(personal_data.list_guilds_with_data, ID) == []
    # Their points are returned to the issuance. The fixture `town` checks the ledger.
    (account,) = [row for row in (await story.town.dump())["accounts"] if (row.user_id or 0) < 0]
    assert account.balance == 0


async def test_erasure_keeps_others_history_and_cancels_their_sessions(story: Story) -> None:
    town, db = story.town, story.town.db
    before = await town.balance(story.maya)
    notified = len(
        await town.notified_kinds(story.maya, NotificationKind.CANCELLED, NotificationKind.DECLINED)
    )
    await db.run(erasure.erase, story.zebedee)
    # Maya's two upcoming sessions are refunded.
    assert await town.balance(story.maya) == before + 120
    assert (
        len(
            await town.notified_kinds(
                story.maya, NotificationKind.CANCELLED, NotificationKind.DECLINED
            )
        )
        == notified + 2
    )
    taught, learnt = await town.reload(story.taught), await town.reload(story.learnt)
    assert (taught.status, taught.price, taught.stars) == (SessionStatus.COMPLETED, 60, 4)
    assert taught.mentor.name == learnt.mentee.name == personal_data.FORMER_MEMBER
    assert taught.starts_at == story.taught.starts_at
    page = await db.read(search.search, story.maya, SearchQuery(expertise="python"))
    assert [each.mentor.name for each in page.results] == ["Oliver"]
    assert await db.read(personal_data.list_guilds_with_data, story.maya.user_id) == [town.guild_id]


async def test_erased_person_who_returns_is_new(story: Story) -> None:
    db = story.town.db
    await db.run(erasure.erase, story.zebedee)
    assert await story.town.balance(story.zebedee) == 0
    again = await story.town.join(story.zebedee, points=5)
    assert await story.town.balance(again) == 5
    await db.run(applications.apply, again, ProfileContent(["python"], 60, BIO))
    preview = await db.read(erasure.preview, again)
    assert (preview.has_data, preview.is_mentor, preview.points, preview.upcoming) == (
        True,
        False,
        5,
        (),
    )
    # Again, with only an application: there is no history of others to keep.
    await db.run(erasure.erase, again)
    assert traces(await db.read(cells)) == []


async def test_erasure_preview_shows_points_and_sessions(story: Story) -> None:
    preview = await story.town.db.read(erasure.preview, story.zebedee)
    assert (preview.has_data, preview.is_mentor, len(preview.upcoming)) == (True, True, 3)
    assert preview.points == await story.town.balance(story.zebedee)
    stranger = Actor(5, "Stranger", story.town.guild_id)
    assert not (await story.town.db.read(erasure.preview, stranger)).has_data
    await story.town.db.run(erasure.erase, stranger)


async def test_nothing_is_erased_if_there_is_more_to_lose_than_was_shown(
    story: Story, clock: Clock
) -> None:
    town, db = story.town, story.town.db
    preview = await db.read(erasure.preview, story.zebedee)

    async def replace_a_session() -> None:
        await db.run(transitions.cancel, story.maya, preview.upcoming[-1].id)
        await town.book(story.maya, story.zebedee, TUESDAY_NOON + hours(24 * 8))

    async def receive_points() -> None:
        await town.grant(story.zebedee, 1)

    for change in (replace_a_session, receive_points):
        seen = (await db.read(erasure.preview, story.zebedee)).terms
        await change()
        before = await town.dump()
        with pytest.raises(TermsChanged):
            await db.run(erasure.erase, story.zebedee, seen)
        assert await town.dump() == before
    seen = (await db.read(erasure.preview, story.zebedee)).terms
    assert (await db.run(erasure.erase, story.zebedee, seen)).cancelled_sessions == seen.sessions


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
    assert await village.db.read(personal_data.list_guilds_with_data, ID) == [village.guild_id]


async def test_export_has_all_own_data_and_no_other_person(story: Story) -> None:
    exported = await exports.export(story.town.db, story.zebedee)
    written = json.dumps(exported)
    assert exported["user_id"] == str(ID)
    assert [row["name"] for row in exported["members"]] == [NAME]
    assert len(exported["sessions"]) == len(exported["participants"]) == 5
    assert {row["text"] for row in exported["reviews"]} == {f"{NAME} explains well.", "A gem."}
    assert {row["cause"] for row in exported["transfers"]} >= {"grant", "hold", "payment"}
    assert exported["tags"] == [{"name": "python"}]
    assert "Zebedee's own topic" in written
    assert "a key of mine" in written
    for other in (story.maya, story.oliver):
        assert str(other.user_id) not in written
        assert other.name not in written
