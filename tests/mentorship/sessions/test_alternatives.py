"""Alternatives: similar mentors with an open slot near a session that won't take place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.mentors import application_review, applications, profiles
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.sessions import alternatives
from mentorship.sessions.alternatives import Alternative
from mentorship.sessions.follow_up import reviews
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community, hours
from tests.mentorship.support.statements import record_statements


async def add_mentor(town: Community, name: str, *tags: str, open_at: str = "daily 0-24") -> Actor:
    """Add an approved mentor with tags and weekly hours."""
    person = await town.member(name, zone="Europe/London")
    application = await town.db.run(applications.apply, person, ProfileContent(list(tags), 60, BIO))
    await town.db.run(application_review.decide, town.chief, application.id, Decision.APPROVED)
    await town.db.run(editor.set_weekly, person, open_at)
    return person


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=500)


@pytest.fixture
async def expired(town: Community, maya: Actor) -> SessionView:
    """Maya's expired request to Oliver for Wednesday at noon."""
    oliver = await add_mentor(town, "Oliver", "python", "testing", "review")
    return await town.session(SessionStatus.EXPIRED, maya, oliver, TUESDAY_NOON + hours(24))


async def list_names(town: Community, session: SessionView) -> list[str]:
    found = await town.db.read(alternatives.find_alternatives, session)
    return [other.mentor_name for other in found]


async def test_alternatives_rank_by_shared_tags_then_rating(
    town: Community, maya: Actor, expired: SessionView
) -> None:
    await add_mentor(town, "One", "python")
    good = await add_mentor(town, "Good", "testing", "cooking")
    await add_mentor(town, "Two", "python", "review")
    await add_mentor(town, "Cook", "cooking")
    assert sorted(await list_names(town, expired)) == ["Good", "One", "Two"]
    assert (await list_names(town, expired))[0] == "Two"
    start = TUESDAY_NOON + timedelta(days=10)
    completed = await town.session(SessionStatus.COMPLETED, maya, good, start)
    await town.db.run(reviews.rate, maya, completed.id, 5)
    town.clock.now = expired.starts_at - hours(1)
    assert await list_names(town, expired) == ["Two", "Good", "One"]
    await add_mentor(town, "Three", "python", "review", "testing")
    assert await list_names(town, expired) == ["Three", "Two", "Good"], "at most three"


async def test_alternatives_start_when_both_are_free_near_the_time(
    town: Community, maya: Actor, expired: SessionView
) -> None:
    ines = await add_mentor(town, "Ines", "python")
    assert await town.db.read(alternatives.find_alternatives, expired) == (
        Alternative(ines.user_id, "Ines", expired.starts_at, 60),
    )
    # Sam has booked Ines at that time, and Maya has another session an hour earlier.
    sam, gift = await town.member("Sam", points=100), await town.mentor("Gift", rate=0)
    await town.book(sam, ines, expired.starts_at)
    await town.book(maya, gift, expired.starts_at - hours(1))
    (other,) = [
        each
        for each in await town.db.read(alternatives.find_alternatives, expired)
        if each.mentor_id == ines.user_id
    ]
    assert other.starts_at == expired.starts_at + hours(1)


async def test_an_alternative_has_a_length_that_the_mentor_offers(
    town: Community, expired: SessionView
) -> None:
    ines = await add_mentor(town, "Ines", "python")
    await town.db.run(editor.set_limits, ines, durations=[45, 90])
    (other,) = await town.db.read(alternatives.find_alternatives, expired)
    assert other.minutes == 45


async def test_alternatives_leave_out_paused_busy_and_the_mentee(
    town: Community, maya: Actor, expired: SessionView
) -> None:
    town.clock.now = TUESDAY_NOON + hours(20)
    await add_mentor(town, "Next week", "python", open_at="tue 9-10")
    paused = await add_mentor(town, "Paused", "python")
    await town.db.run(profiles.pause, paused)
    application = await town.db.run(applications.apply, maya, ProfileContent(["python"], 60, BIO))
    await town.db.run(application_review.decide, town.chief, application.id, Decision.APPROVED)
    await town.db.run(editor.set_weekly, maya, "daily 0-24")
    assert await list_names(town, expired) == []


async def test_alternatives_take_constant_statements_for_any_number_of_mentors(
    town: Community, expired: SessionView
) -> None:
    async def statements() -> int:
        with record_statements(town.db) as found:
            await list_names(town, expired)
        return len(found)

    await add_mentor(town, "First", "python")
    few = await statements()
    for number in range(20):
        await add_mentor(town, f"Mentor {number}", "python")
    assert await statements() == few <= 10
