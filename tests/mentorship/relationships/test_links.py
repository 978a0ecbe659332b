"""Links to recordings and documents of a session or a group session."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    InvalidField,
    NotFound,
    NotYours,
    Problem,
    Subject,
    TooManySessionLinks,
)
from mentorship.operations import erasure
from mentorship.relationships import links, notebook
from mentorship.sessions.groups import creation, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from tests.mentorship.support.community import Community, hours

URL = "https://docs.example.com/plan"


async def test_a_link_of_one_side_is_shown_to_both(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    link = await town.db.run(links.add, maya, session.id, "", f" {URL} ")
    assert (link.label, link.url, link.added_by) == ("docs.example.com", URL, Party.MENTEE)
    assert await town.db.run(links.add, oliver, session.id, "Again", URL) == link
    assert await town.db.read(links.load_of_session, oliver, session.id) == (link,)
    await town.db.run(links.remove, oliver, link.id)
    assert await town.db.read(links.load_of_session, maya, session.id) == ()


@pytest.mark.parametrize(
    "address",
    [
        "http://docs.example.com/plan",
        "https://192.168.0.1/recording",
        "https://[fd00::1]/recording",
        "https://localhost/recording",
        "https://nas.local/recording",
        "https://files.internal/recording",
        "https://router.home.arpa/recording",
        "https://docs.example.com@evil.example.com/",
        "javascript:alert(1)",
        "",
        "https://docs.example.com/a b",
    ],
)
async def test_only_addresses_on_the_public_internet_can_be_links(
    town: Community, maya: Actor, session: SessionView, address: str
) -> None:
    with pytest.raises(InvalidField) as caught:
        await town.db.run(links.add, maya, session.id, "x" * 81, address)
    assert [(each.field, each.problem) for each in (caught.value, *caught.value.others)] == [
        (Field.LINK_ADDRESS, Problem.UNREADABLE),
        (Field.LINK_LABEL, Problem.TOO_LONG),
    ]


async def test_a_session_has_at_most_five_links(
    town: Community, maya: Actor, oliver: Actor, session: SessionView
) -> None:
    for number in range(5):
        await town.db.run(links.add, maya, session.id, "", f"{URL}/{number}")
    with pytest.raises(TooManySessionLinks):
        await town.db.run(links.add, oliver, session.id, "", f"{URL}/5")


async def test_a_mentors_link_of_a_group_session_is_shown_to_all_attendees(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    ada = await town.member("Ada")
    start = town.clock.now + timedelta(days=2)
    group = await town.db.run(
        creation.create, oliver, GroupRequest("Types", start, 60, capacity=5, price=0)
    )
    own = {}
    for person in (maya, ada):
        own[person] = (await town.db.run(seats.join, person, seats.JoinRequest(group.id))).id
    link = await town.db.run(links.add_to_group, oliver, group.id, "Recording", URL)
    of_maya = await town.db.run(links.add, maya, own[maya], "Mine", f"{URL}/maya")
    assert await town.db.read(links.load_of_session, maya, own[maya]) == (link, of_maya)
    assert await town.db.read(links.load_of_session, oliver, own[maya]) == (link, of_maya)
    assert await town.db.read(links.load_of_session, ada, own[ada]) == (link,)
    assert await town.db.read(links.load_of_group, oliver, group.id) == (link,)
    for person in (maya, town.chief):
        with pytest.raises(NotYours):
            await town.db.run(links.add_to_group, person, group.id, "", URL)
        with pytest.raises(NotFound) as caught:
            await town.db.run(links.remove, person, link.id)
        assert caught.value.subject is Subject.SESSION_LINK


async def test_links_that_the_erased_person_has_added_are_gone(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(session.ends_at + hours(25))
    await town.db.run(links.add, oliver, session.id, "Slides", URL)
    await town.db.run(links.add, maya, session.id, "Homework", f"{URL}/2")
    await town.db.run(erasure.erase, oliver)
    kept = await town.db.read(notebook.load, maya, session.id)
    assert [link.label for link in kept.links] == ["Homework"]
