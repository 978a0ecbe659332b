"""The page of two people's mentorship, ending and resuming it."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.errors import BlockedByYou, NotFound
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import erasure
from mentorship.relationships import goals, mentorships, pairs
from mentorship.relationships.pairs import Companion
from mentorship.sessions import blocking
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Event, Goal, Mentorship, Participant, Session
from tests.mentorship.support.community import Community

KIND = NotificationKind.MENTORSHIP_ENDED


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=1_000)


async def met(town: Community, maya: Actor, oliver: Actor, minutes: int = 60) -> None:
    start = town.clock.now + timedelta(days=1)
    await town.session(SessionStatus.COMPLETED, maya, oliver, start, minutes)


async def event_types(town: Community) -> list[str]:
    async def load(tx: Transaction) -> list[str]:
        types = select(Event.type).where(Event.type.startswith("mentorship.")).order_by(Event.id)
        return list(await tx.connection.scalars(types))

    return await town.db.read(load)


async def test_a_page_says_since_when_and_how_long_they_met(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    first = town.clock.now + timedelta(days=1)
    await met(town, maya, oliver, 30)
    await met(town, maya, oliver, 60)
    await town.session(SessionStatus.CANCELLED, maya, oliver, town.clock.now + timedelta(days=1))
    coming = [
        await town.book(maya, oliver, town.clock.now + timedelta(days=days)) for days in (3, 2)
    ]
    for person, other in ((maya, oliver), (oliver, maya)):
        page = await town.db.read(mentorships.load_page, person, other.user_id)
        assert (page.since, page.sessions_held, page.minutes_held) == (first, 2, 90)
        assert [each.id for each in page.upcoming] == [coming[1].id, coming[0].id]
        assert page.latest_session_id == coming[0].id
        assert page.mentorship.mentor.user_id == oliver.user_id
        assert page.mentorship.party(person.user_id) in (Party.MENTOR, Party.MENTEE)
        assert page.mentorship.other(person.user_id).user_id == other.user_id


async def test_only_the_two_have_a_page(town: Community, oliver: Actor, maya: Actor) -> None:
    await met(town, maya, oliver)
    for stranger in (await town.member("Noor"), town.chief):
        for other in (oliver, maya):
            with pytest.raises(NotFound):
                await town.db.read(mentorships.load_page, stranger, other.user_id)
            with pytest.raises(NotFound):
                await town.db.run(mentorships.end, stranger, other.user_id)


async def test_a_page_of_another_guild_is_not_found(
    town: Community, village: Community, oliver: Actor, maya: Actor
) -> None:
    await met(town, maya, oliver)
    with pytest.raises(NotFound):
        await town.db.read(mentorships.load_page, await village.join(maya), oliver.user_id)


async def test_ending_tells_the_other_once_and_keeps_upcoming_sessions(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    coming = await town.book(maya, oliver)
    ended = await town.db.run(mentorships.end, oliver, maya.user_id)
    again = await town.db.run(mentorships.end, maya, oliver.user_id)
    assert ended.mentorship.ended_by is Party.MENTOR
    assert again.mentorship == ended.mentorship
    assert [each.id for each in again.upcoming] == [coming.id]
    assert (await town.reload(coming)).status is SessionStatus.SCHEDULED
    (told,) = await town.notifications(KIND)
    assert told.user_id == maya.user_id
    assert await event_types(town) == ["mentorship.ended"]


async def test_either_resumes_a_mentorship(town: Community, oliver: Actor, maya: Actor) -> None:
    await met(town, maya, oliver)
    await town.db.run(mentorships.end, oliver, maya.user_id)
    page = await town.db.run(mentorships.resume, maya, oliver.user_id)
    assert (page.mentorship.ended_at, page.mentorship.ended_by) == (None, None)
    await town.db.run(mentorships.resume, oliver, maya.user_id)
    assert await event_types(town) == ["mentorship.ended", "mentorship.resumed"]
    reloaded = await town.db.read(mentorships.load_page, oliver, maya.user_id)
    assert reloaded.mentorship == page.mentorship


async def test_booking_again_resumes_a_mentorship(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await met(town, maya, oliver)
    await town.db.run(goals.set_goal, maya, oliver.user_id, "Pass the exam")
    await town.db.run(mentorships.end, maya, oliver.user_id)
    await town.book(maya, oliver, town.clock.now + timedelta(days=2))
    page = await town.db.read(mentorships.load_page, oliver, maya.user_id)
    assert not page.mentorship.has_ended
    assert [goal.text for goal in page.open_goals] == ["Pass the exam"]
    assert await event_types(town) == ["mentorship.ended", "mentorship.resumed"]


async def test_a_block_keeps_the_page_and_its_end_is_not_told(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await met(town, maya, oliver)
    await town.db.run(blocking.block, maya, BlockTarget(oliver.user_id, "Oliver"))
    await town.db.run(mentorships.end, oliver, maya.user_id)
    assert await town.notifications(KIND) == []
    with pytest.raises(BlockedByYou):
        await town.db.run(mentorships.resume, maya, oliver.user_id)


# --- The list -------------------------------------------------------------------------------------


async def companions(town: Community, actor: Actor, size: int = 2) -> list[Companion]:
    """Return the whole list, page by page, after checking that the way back is the same."""
    pages = [await town.db.read(pairs.list_own, actor, None, size)]
    while pages[-1].next:
        pages.append(await town.db.read(pairs.list_own, actor, pages[-1].next, size))
    for earlier, later in itertools.pairwise(pages):
        assert later.previous is not None
        back = await town.db.read(pairs.list_own, actor, later.previous, size)
        assert back.items == earlier.items
    return [item for page in pages for item in page.items]


async def test_a_list_has_mentors_first_and_each_person_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    noor = await town.mentor("Noor")
    await town.grant(oliver, 1_000)
    mentees = [maya] + [await town.member(name, points=100) for name in ("Ada", "Ben", "Cleo")]
    for mentee in mentees:
        await met(town, mentee, oliver)
    await met(town, maya, oliver)
    await met(town, oliver, noor)
    found = await companions(town, oliver)
    assert [(each.other.name, each.party) for each in found] == [
        ("Noor", Party.MENTEE),
        ("Maya", Party.MENTOR),
        ("Ada", Party.MENTOR),
        ("Ben", Party.MENTOR),
        ("Cleo", Party.MENTOR),
    ]
    assert [each.other.name for each in await companions(town, maya)] == ["Oliver"]
    assert await companions(town, town.chief) == []


async def test_suggestions_match_names_and_begin_with_the_latest(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    mentees = [maya] + [await town.member(name, points=100) for name in ("Mary", "Ben")]
    for mentee in mentees:
        await met(town, mentee, oliver)
    every = await town.db.read(pairs.suggest, oliver, "")
    assert [each.other.name for each in every] == ["Ben", "Mary", "Maya"]
    some = await town.db.read(pairs.suggest, oliver, " MA")
    assert [each.other.name for each in some] == ["Mary", "Maya"]
    assert await town.db.read(pairs.suggest, oliver, "%") == []


# --- Erasure --------------------------------------------------------------------------------------


async def erase(town: Community, person: Actor) -> None:
    result = await town.db.run(erasure.erase, person)
    assert result.unfinished is None


async def all_goals(town: Community) -> list[tuple[str, str, str | None]]:
    async def load(tx: Transaction) -> list[tuple[str, str, str | None]]:
        rows = await tx.connection.execute(
            select(Goal.text, Goal.progress, Goal.progress_side).order_by(Goal.id)
        )
        return [tuple(row) for row in rows]

    return await town.db.read(load)


async def test_a_mentees_erasure_deletes_their_goals(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await met(town, maya, oliver)
    await town.db.run(goals.set_goal, maya, oliver.user_id, "Pass the exam")
    await erase(town, maya)
    assert (await town.count(Goal), await town.count(Mentorship)) == (0, 0)
    (former,) = await companions(town, oliver)
    assert former.other.name == "Former member"
    page = await town.db.read(mentorships.load_page, oliver, former.other.user_id)
    assert (page.sessions_held, page.goals) == (1, ())


async def test_a_mentors_erasure_leaves_the_mentee_their_goals(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await met(town, maya, oliver)
    for text, author in (("First", oliver), ("Second", maya)):
        goal = await town.db.run(goals.set_goal, maya, oliver.user_id, text)
        await town.db.run(goals.write_progress, author, goal.goal.id, 1, author.name)
    await erase(town, oliver)
    assert await all_goals(town) == [("First", "", None), ("Second", "Maya", "mentee")]
    (former,) = await companions(town, maya)
    page = await town.db.read(mentorships.load_page, maya, former.other.user_id)
    assert page.mentorship.mentor.name == "Former member"
    assert [goal.text for goal in page.goals] == ["First", "Second"]


async def test_the_copies_of_mentors_follow_their_sessions(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    """The database keeps `participants.mentor_id` equal, also when the mentor is erased."""
    await met(town, maya, oliver)
    await erase(town, oliver)

    async def differences(tx: Transaction) -> list[tuple[int | None, int | None]]:
        query = select(Participant.mentor_id, Session.mentor_id).join(
            Session, Session.id == Participant.session_id
        )
        mentees = query.where(Participant.role == "mentee")
        rows = [tuple(row) for row in await tx.connection.execute(mentees)]
        assert rows
        others = select(Participant.mentor_id).where(Participant.role != "mentee")
        assert set(await tx.connection.scalars(others)) == {None}
        return [row for row in rows if row[0] != row[1]]

    assert await town.db.read(differences) == []
