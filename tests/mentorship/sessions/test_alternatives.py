"""Somebody else for a session that came to nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.mentors import application_review, applications, profiles
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.sessions import alternatives, reviews
from mentorship.sessions.alternatives import Alternative
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community, hours
from tests.mentorship.support.statements import record_statements


async def helper(town: Community, name: str, *tags: str, open_at: str = "daily 0-24") -> Actor:
    """A mentor with tags and hours of their own."""
    person = await town.member(name, zone="Europe/London")
    asked = await town.db.run(applications.apply, person, ProfileContent(list(tags), 60, BIO))
    await town.db.run(application_review.decide, town.chief, asked.id, Decision.APPROVED)
    await town.db.run(editor.set_weekly, person, open_at)
    return person


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=500)


@pytest.fixture
async def expired(town: Community, maya: Actor) -> SessionView:
    """Maya's request to Oliver for Tuesday at noon, which he did not answer."""
    oliver = await helper(town, "Oliver", "python", "testing", "review")
    return await town.session(SessionStatus.EXPIRED, maya, oliver, TUESDAY_NOON + hours(24))


async def near(town: Community, session: SessionView) -> list[str]:
    found = await town.db.read(alternatives.find_alternatives, session)
    return [other.mentor_name for other in found]


async def test_alternatives_rank_by_shared_tags_then_rating(
    town: Community, maya: Actor, expired: SessionView
) -> None:
    await helper(town, "One", "python")
    good = await helper(town, "Good", "testing", "cooking")
    await helper(town, "Two", "python", "review")
    await helper(town, "Cook", "cooking")
    assert sorted(await near(town, expired)) == ["Good", "One", "Two"]
    assert (await near(town, expired))[0] == "Two"
    start = TUESDAY_NOON + timedelta(days=10)
    met = await town.session(SessionStatus.COMPLETED, maya, good, start)
    await town.db.run(reviews.rate, maya, met.id, 5)
    town.clock.now = expired.starts_at - hours(1)
    assert await near(town, expired) == ["Two", "Good", "One"]
    await helper(town, "Three", "python", "review", "testing")
    assert await near(town, expired) == ["Three", "Two", "Good"], "three of them"


async def test_alternatives_start_when_both_are_free_near_the_time(
    town: Community, maya: Actor, expired: SessionView
) -> None:
    ines = await helper(town, "Ines", "python")
    assert await town.db.read(alternatives.find_alternatives, expired) == (
        Alternative(ines.user_id, "Ines", expired.starts_at, 60),
    )
    # Somebody else has Ines then, and Maya is somewhere else the hour before.
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
    ines = await helper(town, "Ines", "python")
    await town.db.run(editor.set_limits, ines, durations=[45, 90])
    (other,) = await town.db.read(alternatives.find_alternatives, expired)
    assert other.minutes == 45


async def test_alternatives_leave_out_paused_busy_and_the_mentee(
    town: Community, maya: Actor, expired: SessionView
) -> None:
    town.clock.now = TUESDAY_NOON + hours(20)
    await helper(town, "Next week", "python", open_at="tue 9-10")
    paused = await helper(town, "Paused", "python")
    await town.db.run(profiles.pause, paused)
    asked = await town.db.run(applications.apply, maya, ProfileContent(["python"], 60, BIO))
    await town.db.run(application_review.decide, town.chief, asked.id, Decision.APPROVED)
    await town.db.run(editor.set_weekly, maya, "daily 0-24")
    assert await near(town, expired) == []


async def test_alternatives_take_constant_statements_for_any_number_of_mentors(
    town: Community, expired: SessionView
) -> None:
    async def statements() -> int:
        with record_statements(town.db) as found:
            await near(town, expired)
        return len(found)

    await helper(town, "First", "python")
    few = await statements()
    for number in range(20):
        await helper(town, f"Mentor {number}", "python")
    assert await statements() == few <= 10
