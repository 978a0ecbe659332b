"""The leaderboard: who is on it, in which order, and who is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.errors import LeaderboardOff
from mentorship.operations import erasure
from mentorship.recognition import leaderboard
from mentorship.recognition.leaderboard import Measure, Period
from mentorship.sessions import departures
from mentorship.sessions.follow_up import thanks
from mentorship.statuses import SessionStatus
from tests.errors import raises
from tests.mentorship.insights.recount import keep_figures
from tests.mentorship.support.community import TUESDAY_NOON, Community

HOURS = {"Oliver": 3, "Noor": 2, "Ada": 2, "Ben": 1}


@pytest.fixture
async def mentors(town: Community) -> dict[str, Actor]:
    """Mentors with hours mentored in March 2026, all with Maya."""
    await town.configure(leaderboard=True)
    maya = await town.member("Maya", points=100)
    people = {name: await town.mentor(name, rate=0, minimum_notice=0) for name in HOURS}
    start = TUESDAY_NOON
    for name, count in HOURS.items():
        for _ in range(count):
            session = await town.session(SessionStatus.COMPLETED, maya, people[name], start)
            start += timedelta(hours=2)
            if name == "Ben":
                await town.db.run(thanks.send, maya, session.id, "Thank you!")
    await keep_figures(town.db)
    return people | {"Maya": maya}


async def load_places(
    town: Community, actor: Actor, period: Period = Period.MONTH, measure: Measure = Measure.HOURS
) -> list[tuple[int, str, int]]:
    board = await town.db.read(leaderboard.load, actor, period, measure)
    return [(place.rank, place.name, place.value) for place in board.places]


async def test_it_is_off_until_the_guild_turns_it_on(town: Community) -> None:
    maya = await town.member("Maya")
    with raises(LeaderboardOff, saying="/setup"):
        await town.db.read(leaderboard.load, maya)
    await town.configure(leaderboard=True)
    assert await load_places(town, maya) == []


@pytest.mark.parametrize("period", list(Period))
async def test_hours_rank_mentors_and_ties_share_a_rank(
    town: Community, mentors: dict[str, Actor], period: Period
) -> None:
    places = await load_places(town, mentors["Maya"], period)
    assert places == [(1, "Oliver", 180), (2, "Noor", 120), (2, "Ada", 120), (4, "Ben", 60)]


async def test_members_and_thanks_rank_as_well(town: Community, mentors: dict[str, Actor]) -> None:
    by_members = await load_places(town, mentors["Maya"], measure=Measure.MEMBERS)
    assert {(rank, value) for rank, _, value in by_members} == {(1, 1)}
    by_thanks = await load_places(town, mentors["Maya"], measure=Measure.THANKS)
    assert by_thanks == [(1, "Ben", 1)]


async def test_a_month_ends_and_three_months_include_it(
    town: Community, mentors: dict[str, Actor]
) -> None:
    town.clock.turn(days=40)
    await keep_figures(town.db)
    assert await load_places(town, mentors["Maya"], Period.MONTH) == []
    assert len(await load_places(town, mentors["Maya"], Period.QUARTER)) == 4
    town.clock.turn(days=90)
    await keep_figures(town.db)
    assert await load_places(town, mentors["Maya"], Period.QUARTER) == []
    assert len(await load_places(town, mentors["Maya"], Period.ALL)) == 4


async def test_a_mentor_sees_their_own_place(town: Community, mentors: dict[str, Actor]) -> None:
    board = await town.db.read(leaderboard.load, mentors["Ben"])
    assert board.own is not None
    assert (board.own.rank, board.own.value, board.own_value) == (4, 60, 60)
    visitor = await town.db.read(leaderboard.load, mentors["Maya"])
    assert (visitor.own, visitor.own_value) == (None, None)


async def test_ten_places_are_shown_and_later_ones_only_to_their_owner(
    town: Community, mentors: dict[str, Actor]
) -> None:
    start, person = TUESDAY_NOON + timedelta(days=2), mentors["Ben"]
    for number in range(7):
        person = await town.mentor(f"Mentor {number}", rate=0, minimum_notice=0)
        start += timedelta(hours=2)
        await town.session(SessionStatus.COMPLETED, mentors["Maya"], person, start)
    await keep_figures(town.db)
    board = await town.db.read(leaderboard.load, person)
    assert [place.name for place in board.places][:3] == ["Oliver", "Noor", "Ada"]
    assert len(board.places) == 10
    assert board.own is not None
    assert (board.own.rank, board.own in board.places) == (4, False)


async def test_hidden_mentors_leave_no_gap(town: Community, mentors: dict[str, Actor]) -> None:
    await town.db.run(leaderboard.set_hidden, mentors["Oliver"], True)
    assert await load_places(town, mentors["Maya"]) == [
        (1, "Noor", 120),
        (1, "Ada", 120),
        (3, "Ben", 60),
    ]
    board = await town.db.read(leaderboard.load, mentors["Oliver"])
    assert (board.own, board.own_value, board.is_hidden) == (None, 180, True)
    await town.db.run(leaderboard.set_hidden, mentors["Oliver"], False)
    assert (await load_places(town, mentors["Maya"]))[0] == (1, "Oliver", 180)


@pytest.mark.parametrize("how", ["suspended", "left", "erased"])
async def test_who_does_not_mentor_any_more_is_not_shown(
    town: Community, mentors: dict[str, Actor], how: str
) -> None:
    oliver = mentors["Oliver"]
    if how == "suspended":
        await town.db.run(
            moderation.suspend, town.chief, oliver.user_id, "-", cancel_sessions=False
        )
    elif how == "left":
        await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    else:
        await town.db.run(erasure.erase, oliver)
    await keep_figures(town.db)
    names = [name for _, name, _ in await load_places(town, mentors["Maya"])]
    assert names == ["Noor", "Ada", "Ben"]


async def test_an_erasure_forgets_that_a_person_was_hidden(
    town: Community, mentors: dict[str, Actor]
) -> None:
    await town.db.run(leaderboard.set_hidden, mentors["Maya"], True)
    await town.db.run(erasure.erase, mentors["Maya"])
    assert not (await town.db.read(leaderboard.load, mentors["Maya"])).is_hidden
