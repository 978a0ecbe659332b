"""Seats and waitlists over REST, and the calls of sessions for a seat."""

from __future__ import annotations

import httpx
import pytest

from mentorship.actors import Actor
from mentorship.errors import Limit
from storage.tables import Session
from tests.api.groups.conftest import GroupApi, problem
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

WEDNESDAY = "2026-03-04T12:00:00Z"


async def test_joining_holds_the_points_and_returns_the_seat(
    community: Community, groups: GroupApi, maya: Actor
) -> None:
    group = await groups.create(meetingLink="https://meet.example.com/oliver")
    response = await groups.join(group, maya, expectedPrice=30, revision=0)
    assert response.status_code == 201
    seat = response.json()
    assert response.headers["location"] == f"/api/mentorship/session/{seat['id']}"
    expected = {
        "kind": "group",
        "groupId": group["id"],
        "mentorId": str(groups.oliver.user_id),
        "menteeId": str(maya.user_id),
        "status": "confirmed",
        "notes": "Office hours",
        "amountPaid": 30,
        "meetingLink": "https://meet.example.com/oliver",
        "refundIfCancelled": 30,
        "actions": ["cancel"],
        "points": {"held": 30, "refunded": 0, "earned": 0},
    }
    assert {name: seat[name] for name in expected} == expected
    assert await community.balance(maya) == 70
    seen = await groups.load(group, maya)
    assert seen["mySeat"] == {"sessionId": seat["id"], "status": "confirmed"}
    assert seen["meetingLink"] == "https://meet.example.com/oliver"
    assert (seen["seatsTaken"], seen["seatsLeft"], seen["actions"]) == (1, 1, ["leave"])


async def test_joining_agrees_to_a_price_and_a_revision(
    community: Community, groups: GroupApi, maya: Actor
) -> None:
    group = await groups.create()
    await groups.mentor.patch(f"/groups/{group['id']}", json={"price": 50})
    stale = await groups.join(group, maya, expectedPrice=30)
    assert problem(stale) == (409, "price-changed")
    assert stale.json()["price"] == 50
    stale = await groups.join(group, maya, revision=0)
    assert problem(stale) == (409, "terms-changed")
    assert (stale.json()["term"], stale.json()["current"]) == ("revision", 1)
    assert await community.count(Session) == 0
    agreed = await groups.join(group, maya, expectedPrice=50, revision=1)
    assert agreed.status_code == 201


async def test_joining_twice_with_one_key_is_one_seat(
    community: Community, groups: GroupApi, maya: Actor
) -> None:
    group = await groups.create()
    client = groups.api.client_of(maya, **{"Idempotency-Key": "a-key"})
    path = f"/groups/{group['id']}/seats"
    first, again = [await client.post(path, json={"expectedPrice": 30}) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert await community.count(Session) == 1
    without_key = await groups.join(group, maya)
    assert problem(without_key) == (409, "already-joined")
    assert without_key.json()["sessionId"] == first.json()["id"]


async def test_who_can_not_join_reads_why(
    community: Community, groups: GroupApi, maya: Actor
) -> None:
    group = await groups.create()
    poor = await community.member("Poor", points=29)
    refused = await groups.join(group, poor)
    assert problem(refused) == (409, "not-enough-points")
    assert (refused.json()["balance"], refused.json()["needed"]) == (29, 30)
    assert problem(await groups.join(group, groups.oliver)) == (422, "own-group-session")
    with_role = await groups.create(scheduledAt=WEDNESDAY, joinRoleIds=["77"])
    refused = await groups.join(with_role, maya)
    assert problem(refused) == (403, "role-needed")
    assert refused.json()["roleIds"] == ["77"]
    rival = await community.mentor("Rival")
    await community.book(maya, rival)
    assert problem(await groups.join(group, maya)) == (409, "you-are-busy")
    await community.configure(**{Limit.UPCOMING.value: 1})
    limited = await groups.join(await groups.create(scheduledAt="2026-03-05T12:00:00Z"), maya)
    assert problem(limited) == (409, "limit-reached")
    assert limited.json()["limit"] == "upcoming"
    blocked = await community.member("Blocked", points=100)
    await groups.mentor.put(f"/me/blocks/{blocked.user_id}")
    assert problem(await groups.join(group, blocked)) == (409, "not-available")


async def test_a_full_session_has_a_waitlist(
    community: Community, groups: GroupApi, maya: Actor, priya: Actor
) -> None:
    group = await groups.create()
    ken = await community.member("Ken", points=100)
    ravi = await community.member("Ravi", points=100)
    path = f"/groups/{group['id']}/waitlist"
    early = await groups.api.client_of(ken).post(path, json={})
    assert problem(early) == (409, "seats-free")
    for person in (maya, priya):
        await groups.join(group, person)
    full = await groups.join(group, ken)
    assert (problem(full), full.json()["waiting"]) == ((409, "session-full"), 0)
    assert (await groups.load(group, ken))["actions"] == ["join-waitlist"]
    for place, person in enumerate((ken, ravi), 1):
        client = groups.api.client_of(person, **{"Idempotency-Key": "wait"})
        waiting = await client.post(path, json={"expectedPrice": 30, "revision": 0})
        assert waiting.status_code == 201
        assert (waiting.json()["myPlaceInLine"], waiting.json()["waiting"]) == (place, place)
        replayed = await client.post(path, json={"expectedPrice": 30, "revision": 0})
        assert replayed.headers["idempotency-replayed"] == "true"
    full = await groups.join(group, await community.member("Zoe", points=100))
    assert (problem(full), full.json()["waiting"]) == ((409, "session-full"), 2)
    again = await groups.api.client_of(ken).post(path, json={})
    assert (problem(again), again.json()["place"]) == ((409, "already-waiting"), 1)
    stale = await groups.api.client_of(maya).post(path, json={})
    assert problem(stale) == (409, "already-joined")

    left = await groups.api.client_of(ken).delete(path)
    assert (left.status_code, left.json()["myPlaceInLine"], left.json()["waiting"]) == (
        200,
        None,
        1,
    )
    assert problem(await groups.api.client_of(ken).delete(path)) == (404, "not-found")
    assert (await groups.load(group, ravi))["actions"] == ["leave-waitlist"]
    await groups.api.client_of(maya).delete(f"/groups/{group['id']}/seats/me")
    seen = await groups.load(group, ravi)
    assert seen["mySeat"]["status"] == "confirmed"
    assert (seen["waiting"], seen["seatsTaken"]) == (0, 2)
    assert await community.balance(ravi) == 70


async def test_leaving_refunds_what_was_seen(
    community: Community, groups: GroupApi, maya: Actor
) -> None:
    await community.configure(late_refund_percent=50)
    group = await groups.create()
    await groups.join(group, maya)
    path = f"/groups/{group['id']}/seats/me"
    client = groups.api.client_of(maya, **{"Idempotency-Key": "leave"})
    community.clock.now = TUESDAY_NOON - hours(1)
    # The mentor isn't told why, so a reason isn't taken and lost.
    reason = await client.request("DELETE", path, json={"reason": "Ill"})
    assert (reason.status_code, reason.json()["errors"][0]["pointer"]) == (422, "/reason")
    stale = await client.delete(path, params={"expectedRefund": 30})
    assert problem(stale) == (409, "terms-changed")
    assert (stale.json()["term"], stale.json()["current"]) == ("refund", 15)
    left = await client.request("DELETE", path, json={"expectedRefund": 15})
    assert left.status_code == 200
    assert left.json()["status"] == "cancelled"
    assert left.json()["points"]["refunded"] == 15
    assert await community.balance(maya) == 85
    replayed = await client.request("DELETE", path, json={"expectedRefund": 15})
    assert (replayed.status_code, replayed.json()) == (200, left.json())
    gone = await groups.api.client_of(maya).delete(path)
    assert problem(gone) == (404, "not-found")


async def test_a_mentor_removes_an_attendee_who_is_refunded(
    community: Community, groups: GroupApi, maya: Actor, priya: Actor
) -> None:
    group = await groups.create()
    await groups.join(group, maya)
    path = f"/groups/{group['id']}/seats/{maya.user_id}"
    stranger = await groups.api.client_of(priya).delete(path)
    assert problem(stranger) == (403, "not-yours")
    community.clock.now = TUESDAY_NOON - hours(1)
    removed = await groups.mentor.delete(path, params={"reason": "For beginners only"})
    assert removed.status_code == 200
    assert removed.json()["status"] == "cancelled"
    assert removed.json()["reason"] == "For beginners only"
    assert removed.json()["points"]["refunded"] == 30
    assert await community.balance(maya) == 100
    assert problem(await groups.mentor.delete(path)) == (404, "not-found")
    assert (await groups.load(group, maya))["seatsTaken"] == 0


async def move(groups: GroupApi, group: dict[str, str]) -> httpx.Response:
    path = f"/groups/{group['id']}/schedule"
    return await groups.mentor.put(path, json={"scheduledAt": WEDNESDAY, "revision": 0})


async def test_a_moved_session_asks_everyone_again(
    community: Community, groups: GroupApi, maya: Actor, priya: Actor
) -> None:
    group = await groups.create()
    seats = [(await groups.join(group, person)).json() for person in (maya, priya)]
    moved = await move(groups, group)
    assert moved.status_code == 200
    assert (moved.json()["scheduledAt"], moved.json()["revision"]) == (WEDNESDAY, 1)
    assert problem(await move(groups, group)) == (409, "terms-changed")
    client = groups.api.client_of(maya)
    shown = (await client.get(f"/session/{seats[0]['id']}")).json()
    assert (shown["status"], shown["scheduledAt"]) == ("scheduled", WEDNESDAY)
    assert shown["answerBy"] is not None
    assert shown["actions"] == ["keep-seat", "cancel"]
    assert (await groups.load(group, maya))["actions"] == ["keep-seat", "leave"]
    path = f"/groups/{group['id']}/seats/me"
    agreed = {"status": "confirmed", "startsAt": "2026-03-03T12:00:00Z"}
    stale = await client.put(path, json=agreed)
    assert (problem(stale), stale.json()["current"]) == ((409, "terms-changed"), WEDNESDAY)
    kept = await client.put(path, json=agreed | {"startsAt": WEDNESDAY})
    assert (kept.status_code, kept.json()["status"]) == (200, "confirmed")
    assert problem(await client.put(path, json={"status": "confirmed"})) == (
        409,
        "not-allowed-now",
    )
    left = await groups.api.client_of(priya).delete(path, params={"expectedRefund": 30})
    assert left.json()["points"]["refunded"] == 30
    assert [await community.balance(person) for person in (maya, priya)] == [70, 100]


async def test_a_seat_is_kept_by_confirming_its_session(groups: GroupApi, maya: Actor) -> None:
    group = await groups.create()
    seat = (await groups.join(group, maya)).json()
    await move(groups, group)
    path = f"/session/{seat['id']}/status"
    body = {"status": "confirmed", "startsAt": "2026-03-03T12:00:00Z"}
    refused = await groups.mentor.put(path, json={"status": "confirmed"})
    assert problem(refused) == (409, "not-allowed-now")
    client = groups.api.client_of(maya)
    assert problem(await client.put(path, json=body)) == (409, "terms-changed")
    kept = await client.put(path, json=body | {"startsAt": WEDNESDAY})
    assert (kept.status_code, kept.json()["status"]) == (200, "confirmed")


@pytest.mark.parametrize("call", ["DELETE", "PUT"])
async def test_cancelling_the_session_of_a_seat_leaves_it(
    community: Community, groups: GroupApi, maya: Actor, call: str
) -> None:
    group = await groups.create()
    path = f"/session/{(await groups.join(group, maya)).json()['id']}"
    if call == "PUT":
        path, body = f"{path}/status", {"status": "cancelled", "expectedRefund": 30}
    else:
        body = {"expectedRefund": 30}
    left = await groups.api.client_of(maya).request(call, path, json=body)
    assert (left.status_code, left.json()["points"]["refunded"]) == (200, 30)
    seen = await groups.load(group, maya)
    assert (seen["seatsTaken"], seen["actions"]) == (0, ["join"])
    assert await community.balance(maya) == 100


async def test_a_seat_is_not_moved_and_has_no_link_of_its_own(
    groups: GroupApi, maya: Actor
) -> None:
    seat = (await groups.join(await groups.create(), maya)).json()
    new_time = {"scheduledAt": WEDNESDAY}
    for client in (groups.mentor, groups.api.client_of(maya)):
        refused = await client.put(f"/session/{seat['id']}/schedule", json=new_time)
        assert problem(refused) == (409, "not-allowed-now")
        assert "Change the group session instead" in refused.json()["detail"]
    link = {"meetingLink": "https://meet.example.com/other"}
    refused = await groups.mentor.put(f"/session/{seat['id']}/meeting-link", json=link)
    assert problem(refused) == (409, "not-allowed-now")


async def test_an_attendee_lists_reports_and_rates_their_seat(
    community: Community, groups: GroupApi, maya: Actor, priya: Actor
) -> None:
    group = await groups.create()
    seat = (await groups.join(group, maya)).json()
    await groups.join(group, priya)
    client = groups.api.client_of(maya)
    listed = (await client.get("/sessions/mentee")).json()["sessions"]
    assert [(each["id"], each["kind"]) for each in listed] == [(seat["id"], "group")]
    assert (await groups.mentor.get("/sessions/mentor")).json()["sessions"] == []
    assert problem(await groups.api.client_of(priya).get(f"/session/{seat['id']}")) == (
        404,
        "not-found",
    )
    await community.wait_until(TUESDAY_NOON + hours(1))
    done = await client.put(f"/session/{seat['id']}/status", json={"status": "completed"})
    assert (done.status_code, done.json()["points"]["earned"]) == (200, 30)
    rated = await client.post(f"/session/{seat['id']}/rate", json={"rating": 5, "review": "Wow"})
    assert (rated.status_code, rated.json()["rating"]) == (201, 5)
    assert await community.balance(groups.oliver) == 30


async def test_a_mentor_reports_who_did_not_come(
    community: Community, groups: GroupApi, maya: Actor, priya: Actor
) -> None:
    group = await groups.create(capacity=3)
    ken = await community.member("Ken", points=100)
    seats = [(await groups.join(group, person)).json() for person in (maya, priya, ken)]
    path = f"/groups/{group['id']}/attendance"
    both = {"noShows": [str(maya.user_id), str(priya.user_id)]}
    await community.wait_until(TUESDAY_NOON + hours(0.1))
    assert problem(await groups.mentor.put(path, json=both)) == (409, "not-allowed-now")
    assert "no-show" not in (await groups.load(group, groups.oliver))["actions"]
    await community.wait_until(TUESDAY_NOON + hours(0.2))
    assert "no-show" in (await groups.load(group, groups.oliver))["actions"]
    assert "no-show" not in (await groups.load(group, maya))["actions"]
    assert problem(await groups.api.client_of(maya).put(path, json=both)) == (403, "not-yours")
    unknown = await groups.mentor.put(path, json={"noShows": [str(maya.user_id), "123"]})
    assert problem(unknown) == (404, "not-found")
    # Priya has confirmed that she came before Oliver reports.
    await groups.api.client_of(priya).put(
        f"/session/{seats[1]['id']}/status", json={"status": "completed"}
    )
    key = {"Idempotency-Key": "no-shows"}
    reported = await groups.mentor.put(path, json=both, headers=key)
    assert reported.status_code == 200
    replayed = await groups.mentor.put(path, json=both, headers=key)
    assert (replayed.status_code, replayed.json()) == (200, reported.json())
    stored = {row.key: row.answer for row in (await community.dump())["idempotency_keys"]}
    # An erasure would clear only what is about one person, so it names nobody.
    assert {*stored["rest:no-shows"]["seats"]} == {int(seat["id"]) for seat in seats[:2]}
    shown = {each["menteeId"]: each for each in reported.json()["sessions"]}
    assert shown.keys() == {str(maya.user_id), str(priya.user_id)}
    assert shown[str(maya.user_id)]["attendance"]["mentor"] == "no-show"
    assert shown[str(maya.user_id)]["attendance"]["otherwise"] == "no-show"
    assert shown[str(priya.user_id)]["status"] == "completed"
    again = await groups.mentor.put(path, json={"noShows": [str(maya.user_id)]})
    assert problem(again) == (409, "not-allowed-now")
    await community.wait_until(TUESDAY_NOON + hours(48))
    assert "no-show" not in (await groups.load(group, groups.oliver))["actions"]
    statuses = {each["name"]: each["status"] for each in await attendees(groups, group)}
    assert statuses == {"Maya": "no-show", "Priya": "completed", "Ken": "completed"}
    # The guild takes no fee here, and a seat that was missed is paid.
    assert await community.balance(groups.oliver) == 90


async def attendees(groups: GroupApi, group: dict[str, str]) -> list[dict[str, str]]:
    seen: list[dict[str, str]] = (await groups.load(group, groups.oliver))["attendees"]
    return seen


async def test_a_no_show_can_be_reported_once_for_each_seat(
    community: Community, groups: GroupApi, maya: Actor
) -> None:
    group = await groups.create()
    await groups.join(group, maya)
    await community.wait_until(TUESDAY_NOON + hours(0.2))
    assert "no-show" in (await groups.load(group, groups.oliver))["actions"]
    body = {"noShows": [str(maya.user_id)]}
    assert (await groups.mentor.put(f"/groups/{group['id']}/attendance", json=body)).is_success
    assert "no-show" not in (await groups.load(group, groups.oliver))["actions"]
