"""A mentor's list: sessions with mentees and their group sessions, by start."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.sessions.groups import group_changes, own_sessions
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.groups.own_sessions import Entry
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import PAST_SESSIONS, UPCOMING_SESSIONS, SessionFilter
from tests.mentorship.sessions.groups.conftest import create
from tests.mentorship.support.community import HIGH_LIMITS, TUESDAY_NOON, Community

DAY = timedelta(days=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=1_000)


async def mixed_agenda(town: Community, oliver: Actor, maya: Actor) -> list[tuple[str, int]]:
    """Give Oliver a session and a group session on alternate days. Maya has a seat in one."""
    await town.configure(**HIGH_LIMITS)
    entries = []
    for number in range(3):
        session = await town.book(maya, oliver, TUESDAY_NOON + 2 * number * DAY)
        group = await create(town, oliver, starts_at=TUESDAY_NOON + (2 * number + 1) * DAY)
        if number == 1:
            await group.join(maya)
        entries += [("session", session.id), ("group", group.id)]
    return entries


def keys(entries: tuple[Entry, ...]) -> list[tuple[str, int]]:
    return [("group" if isinstance(entry, GroupView) else "session", entry.id) for entry in entries]


@pytest.mark.parametrize("size", [1, 2, 4, 6])
async def test_pages_of_a_mentor_merge_both_kinds_by_start(
    town: Community, oliver: Actor, maya: Actor, size: int
) -> None:
    expected = await mixed_agenda(town, oliver, maya)
    forward, backward, cursor = [], [], None
    while True:
        page = await town.db.read(own_sessions.list_page, oliver, UPCOMING_SESSIONS, cursor, size)
        forward.append(keys(page.items))
        if page.next is None:
            break
        cursor = page.next
    assert [entry for each in forward for entry in each] == expected
    while page.previous is not None:
        page = await town.db.read(
            own_sessions.list_page, oliver, UPCOMING_SESSIONS, page.previous, size
        )
        backward.insert(0, keys(page.items))
    assert [entry for each in backward for entry in each] == [
        entry for each in forward[:-1] for entry in each
    ]


async def test_each_kind_is_listed_in_the_role_that_it_belongs_to(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    expected = await mixed_agenda(town, oliver, maya)

    async def listed(actor: Actor, party: Party | None) -> list[tuple[str, int]]:
        session_filter = SessionFilter(UPCOMING_SESSIONS.statuses, party)
        return keys((await town.db.read(own_sessions.list_page, actor, session_filter)).items)

    assert await listed(oliver, Party.MENTOR) == expected
    assert await listed(oliver, Party.MENTEE) == []
    # Maya's seat is a session of hers, with an id of its own.
    assert [kind for kind, _ in await listed(maya, None)] == ["session"] * 4
    assert await listed(maya, Party.MENTOR) == []


async def test_a_cancelled_group_session_moves_to_the_past_ones(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver)
    session = await town.book(maya, oliver, TUESDAY_NOON + DAY)
    await town.db.run(group_changes.cancel, oliver, group.id)
    past = await town.db.read(own_sessions.list_page, oliver, PAST_SESSIONS)
    assert keys(past.items) == [("group", group.id)]
    upcoming = await town.db.read(own_sessions.list_page, oliver, UPCOMING_SESSIONS)
    assert keys(upcoming.items) == [("session", session.id)]
