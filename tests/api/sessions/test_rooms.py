"""`meetingLink` is what Discord's Join button opens, for rooms in Discord as well."""

from __future__ import annotations

from datetime import timedelta

from mentorship.actors import Actor
from mentorship.event_types import EventType
from mentorship.mentors import meeting_link
from mentorship.sessions import transitions
from mentorship.sessions.groups import places
from mentorship.sessions.places import meeting
from mentorship.sessions.places.join_link import OPENS_BEFORE
from storage import Transaction
from storage.tables import Event
from tests.api.groups.conftest import GroupApi
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community

LINK = "https://meet.example.com/oliver"
CHANNEL = 123_456
BEFORE = OPENS_BEFORE


async def event_types(community: Community) -> list[str]:
    async def query(tx: Transaction) -> list[str]:
        rows = await tx.connection.execute(Event.__table__.select().order_by(Event.id))
        return [row.type for row in rows]

    return await community.db.read(query)


async def test_the_link_of_a_session_is_its_open_room(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    maya, noor = await community.member("Maya", points=100), await community.member("Noor")
    await community.configure(meeting_place="thread", meeting_parent_id=77)
    await community.db.run(meeting_link.change, oliver, LINK)
    booked = await community.book(maya, oliver)
    await community.db.run(transitions.confirm, oliver, booked.id)

    async def seen(*people: tuple[Actor, str]) -> set[str | None]:
        """Return the links that they get for the session alone and in their lists."""
        links = set()
        for person, part in people or ((maya, "mentee"), (oliver, "mentor")):
            client = api.client_of(person)
            links.add((await client.get(f"/session/{booked.id}")).json()["meetingLink"])
            listed = (await client.get(f"/sessions/{part}")).json()["sessions"]
            links |= {session["meetingLink"] for session in listed}
        return links

    # As in Discord, nobody is led to the link while the thread is about to open.
    await community.wait_until(booked.starts_at - BEFORE - timedelta(minutes=1))
    assert await seen((maya, "mentee")) == {None}
    assert await seen((oliver, "mentor")) == {LINK}
    await community.wait_until(booked.starts_at - BEFORE)
    assert await seen() == {LINK}, "there is no room yet"
    (room,) = await community.db.run(meeting.claim_rooms_to_open)
    await community.db.run(meeting.record_opened, room, CHANNEL)
    # Recorded once more, as after a restart, it is no news.
    await community.db.run(meeting.record_opened, room, CHANNEL)
    assert await seen() == {f"https://discord.com/channels/{oliver.guild_id}/{CHANNEL}"}
    assert (await api.client_of(noor).get(f"/session/{booked.id}")).status_code == 404
    await community.db.run(meeting.record_closed, room)
    assert await seen() == {LINK}
    assert (await event_types(community)).count(EventType.MEETING_LINK_CHANGED) == 2


async def test_the_link_of_a_group_session_is_its_open_room(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    groups = GroupApi(api, oliver, api.client_of(oliver))
    maya, noor = await community.member("Maya", points=100), await community.member("Noor")
    group = await groups.create(place="voice", meetingLink=LINK)
    await groups.join(group, maya)
    assert (await groups.load(group, maya))["meetingLink"] is None
    assert (await groups.load(group, oliver))["meetingLink"] == LINK
    await community.wait_until(community.clock.now.replace(day=3, hour=12) - BEFORE)
    (room,) = await community.db.run(places.claim)
    await community.db.run(places.record_opened, room, CHANNEL)
    await community.db.run(places.record_opened, room, CHANNEL)
    address = f"https://discord.com/channels/{oliver.guild_id}/{CHANNEL}"
    for person, expected in ((oliver, address), (maya, address), (noor, None)):
        assert (await groups.load(group, person))["meetingLink"] == expected
    (seat,) = (await api.client_of(maya).get("/sessions/mentee")).json()["sessions"]
    assert seat["meetingLink"] == address
    assert (await event_types(community)).count(EventType.GROUP_LINK_CHANGED) == 1
