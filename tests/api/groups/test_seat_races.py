"""Many members who want the seats of one group session at once, over REST."""

from __future__ import annotations

import asyncio
from collections import Counter

from mentorship.actors import Actor
from storage.tables import Session, WaitlistEntry
from tests.api.groups.conftest import GroupApi
from tests.mentorship.support.community import Community


async def create_crowd(community: Community, size: int) -> list[Actor]:
    return [await community.member(f"Member {number}", points=100) for number in range(size)]


async def test_fifty_members_race_for_five_seats(community: Community, groups: GroupApi) -> None:
    crowd = await create_crowd(community, 50)
    group = await groups.create(capacity=5)
    joined = await asyncio.gather(*(groups.join(group, person) for person in crowd))
    codes = Counter((each.status_code, each.json().get("code")) for each in joined)
    assert codes == {(201, None): 5, (409, "session-full"): 45}
    seen = await groups.load(group, groups.oliver)
    assert (seen["seatsTaken"], seen["seatsLeft"], seen["refundIfCancelled"]) == (5, 0, 150)
    assert len(seen["attendees"]) == 5
    assert await community.count(Session) == 5
    balances = Counter([await community.balance(person) for person in crowd])
    assert balances == {70: 5, 100: 45}


async def test_a_key_sent_many_times_at_once_is_one_seat(
    community: Community, groups: GroupApi, maya: Actor
) -> None:
    group = await groups.create()
    client = groups.api.client_of(maya, **{"Idempotency-Key": "a-key"})
    path = f"/groups/{group['id']}/seats"
    joined = await asyncio.gather(*(client.post(path, json={}) for _ in range(10)))
    assert {each.status_code for each in joined} == {201}
    assert len({each.text for each in joined}) == 1
    assert await community.count(Session) == 1
    assert await community.balance(maya) == 70


async def test_freed_seats_go_to_the_first_in_line_however_many_leave(
    community: Community, groups: GroupApi
) -> None:
    *seated, first, second, third = await create_crowd(community, 8)
    group = await groups.create(capacity=5)
    waitlist = f"/groups/{group['id']}/waitlist"
    for person in seated:
        assert (await groups.join(group, person)).status_code == 201
    for person in (first, second, third):
        assert (await groups.api.client_of(person).post(waitlist, json={})).status_code == 201
    latecomers = await create_crowd(community, 5)
    leaving = (
        groups.api.client_of(person).delete(f"/groups/{group['id']}/seats/me")
        for person in seated[:2]
    )
    answers = await asyncio.gather(*leaving, *(groups.join(group, person) for person in latecomers))
    codes = Counter((each.status_code, each.json().get("code")) for each in answers)
    assert codes == {(200, None): 2, (409, "session-full"): 5}
    for person in (first, second):
        assert (await groups.load(group, person))["mySeat"]["status"] == "confirmed"
    assert (await groups.load(group, third))["myPlaceInLine"] == 1
    assert (await groups.load(group, groups.oliver))["seatsTaken"] == 5
    assert await community.count(WaitlistEntry) == 1


async def test_whoever_joins_while_the_session_is_cancelled_is_refunded(
    community: Community, groups: GroupApi
) -> None:
    crowd = await create_crowd(community, 10)
    group = await groups.create(capacity=0)
    cancelled, *joined = await asyncio.gather(
        groups.mentor.delete(f"/groups/{group['id']}"),
        *(groups.join(group, person) for person in crowd),
    )
    assert cancelled.status_code == 200
    codes = {(each.status_code, each.json().get("code")) for each in joined}
    assert codes <= {(201, None), (409, "sign-up-closed")}
    taken = sum(each.status_code == 201 for each in joined)
    assert cancelled.json()["points"]["refunded"] == 30 * taken
    assert (await groups.load(group, groups.oliver))["seatsTaken"] == 0
    assert {await community.balance(person) for person in crowd} == {100}
