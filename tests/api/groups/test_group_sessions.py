"""Group sessions over REST: creating, listing, editing, moving and cancelling them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mentorship.actors import Actor
from mentorship.sessions.groups import creation, repeats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.statuses import SessionStatus
from storage.tables import GroupSession
from tests.api.groups.conftest import GroupApi, group_body, problem
from tests.api.server import ApiServer, booking_body
from tests.mentorship.support.community import GUILD, OTHER_GUILD, TUESDAY_NOON, Community, hours
from tests.mentorship.support.own_calendars import add_calendar


async def test_a_mentor_creates_what_members_see(groups: GroupApi, maya: Actor) -> None:
    link = "https://meet.example.com/oliver"
    response = await groups.mentor.post(
        "/groups",
        json=group_body(
            title="  Office   hours ",
            description="Bring a question.",
            meetingLink=link,
            minimumSeats=2,
            joinRoleIds=["77"],
            repeat={"everyWeeks": 2, "left": 3},
        ),
    )
    assert response.status_code == 201
    created = response.json()
    assert response.headers["location"] == f"/api/mentorship/groups/{created['id']}"
    expected = {
        "mentorId": str(groups.oliver.user_id),
        "mentorName": "Oliver",
        "title": "Office hours",
        "description": "Bring a question.",
        "scheduledAt": "2026-03-03T12:00:00Z",
        "endsAt": "2026-03-03T13:00:00Z",
        "duration": 60,
        "timezone": "Europe/London",
        "local": "Tue 3 Mar 2026, 12:00–13:00 GMT (UTC+0)",
        "status": "confirmed",
        "signUpOpen": True,
        "capacity": 2,
        "seatsTaken": 0,
        "seatsLeft": 2,
        "waiting": 0,
        "price": 30,
        "minimumSeats": 2,
        # A session in a day is not as far away as the usual deadline: half of the time is left.
        "minimumDeadline": "2026-03-03T00:00:00Z",
        "joinRoleIds": ["77"],
        "place": "link",
        "meetingLink": link,
        "repeat": {"everyWeeks": 2, "left": 3},
        "revision": 0,
        "mySeat": None,
        "actions": ["edit", "move", "close-sign-up", "cancel"],
    }
    assert {name: created[name] for name in expected} == expected
    seen = await groups.load(created, maya)
    hidden = {"meetingLink": None, "actions": ["join"], "attendees": [], "refundIfCancelled": None}
    assert {name: seen[name] for name in expected | hidden} == expected | hidden


async def test_a_start_can_be_a_wall_clock_time(groups: GroupApi) -> None:
    wall = {"date": "2026-03-05", "startTime": "18:30", "timezone": "America/New_York"}
    created = await groups.create(scheduledAt=None, **wall)
    assert created["scheduledAt"] == "2026-03-05T23:30:00Z"
    skipped = {"date": "2026-03-08", "startTime": "02:30", "timezone": "America/New_York"}
    refused = await groups.mentor.post("/groups", json=group_body(scheduledAt=None, **skipped))
    assert problem(refused) == (422, "time-skipped")
    assert len(refused.json()["readings"]) == 2


async def test_a_preview_completes_the_request_and_creates_nothing(
    community: Community, groups: GroupApi
) -> None:
    await community.configure(fee_percent=10, sessions_channel_id=555)
    preview = await groups.mentor.post("/groups/preview", json=group_body(minimumSeats=2))
    assert preview.status_code == 200
    expected = {
        "title": "Office hours",
        "timezone": "Europe/London",
        "price": 30,
        "payout": 27,
        "minimumDeadline": "2026-03-03T00:00:00Z",
        "channelId": "555",
    }
    assert {name: preview.json()[name] for name in expected} == expected
    assert await community.count(GroupSession) == 0


async def test_a_preview_says_that_the_mentor_has_an_appointment(
    community: Community, groups: GroupApi
) -> None:
    body = group_body()
    preview = await groups.mentor.post("/groups/preview", json=body)
    assert preview.json()["hasAppointment"] is False
    await community.db.run(add_calendar, groups.oliver, (TUESDAY_NOON, hours(0.25)))
    preview = await groups.mentor.post("/groups/preview", json=body)
    assert preview.json()["hasAppointment"] is True
    assert (await groups.mentor.post("/groups", json=body)).status_code == 201


async def test_all_wrong_fields_are_named_at_once(groups: GroupApi) -> None:
    wrong = group_body(
        title=" ", capacity=1, price=10**12, minimumSeats=5, duration=5, description="x" * 1001
    )
    for path in ("/groups", "/groups/preview"):
        refused = await groups.mentor.post(path, json=wrong)
        assert problem(refused) == (422, "invalid-field")
        pointers = {each["pointer"] for each in refused.json()["errors"]}
        assert pointers == {
            "/title",
            "/capacity",
            "/price",
            "/minimumSeats",
            "/duration",
            "/description",
        }


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"minimumSeats": 2, "minimumDeadline": "2026-03-04T12:00:00Z"}, "/minimumDeadline"),
        ({"joinRoleIds": [str(n) for n in range(1, 12)]}, "/joinRoleIds"),
        ({"meetingLink": "http://meet.example.com"}, "/meetingLink"),
        ({"repeat": {"everyWeeks": 3}}, "/repeat/everyWeeks"),
        ({"place": "garden"}, "/place"),
        ({"seats": 5}, "/seats"),
        ({"price": "30"}, "/price"),
    ],
    ids=str,
)
async def test_a_wrong_field_is_named(groups: GroupApi, changes: object, pointer: str) -> None:
    refused = await groups.mentor.post("/groups", json=group_body() | changes)  # type: ignore[operator]
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


async def test_a_group_session_holds_its_mentors_time(groups: GroupApi, maya: Actor) -> None:
    await groups.create()
    member = groups.api.client_of(maya)
    booked = await member.post("/book", json=booking_body(groups.oliver.user_id))
    assert problem(booked) == (409, "slot-taken")
    again = await groups.mentor.post("/groups", json=group_body())
    assert problem(again) == (409, "slot-taken")
    assert again.json()["nearestSlots"]


async def test_a_key_creates_one_group_session(community: Community, groups: GroupApi) -> None:
    client = groups.api.client_of(groups.oliver, **{"Idempotency-Key": "a-key"})
    first = await client.post("/groups", json=group_body())
    again = await client.post("/groups", json=group_body())
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert await community.count(GroupSession) == 1
    reused = await client.post("/groups", json=group_body(title="Something else"))
    assert problem(reused) == (422, "idempotency-key-reused")


async def test_a_list_has_pages_and_filters(
    community: Community, groups: GroupApi, maya: Actor
) -> None:
    other = await community.mentor("Rival")
    starts = [f"2026-03-0{day}T12:00:00Z" for day in (3, 4, 5)]
    created = [await groups.create(scheduledAt=start) for start in starts]
    rival = await groups.api.client_of(other).post("/groups", json=group_body())
    await groups.mentor.delete(f"/groups/{created[1]['id']}")
    await groups.join(created[0], maya)
    member = groups.api.client_of(maya)

    async def listed(**query: object) -> list[str]:
        page = await member.get("/groups", params=query)  # type: ignore[arg-type]
        assert page.status_code == 200, page.text
        return [group["id"] for group in page.json()["groups"]]

    one, two, three = (group["id"] for group in created)
    theirs = rival.json()["id"]
    oliver = str(groups.oliver.user_id)
    assert await listed() == [one, theirs, three]
    assert await listed(mentorId=oliver) == [one, three]
    assert await listed(mentorId=oliver, status=["confirmed", "cancelled"]) == [one, two, three]
    assert await listed(status="cancelled") == [two]
    assert await listed(order="latest") == [three, theirs, one]
    # From an instant in the session on, and until its start.
    assert await listed(**{"from": "2026-03-03T12:59:00Z"}) == [one, theirs, three]
    assert await listed(**{"from": "2026-03-03T13:00:00Z"}) == [three]
    assert await listed(to="2026-03-05T12:00:00Z") == [one, theirs]
    pages, query = [], {"limit": "2"}
    while query:
        page = (await member.get("/groups", params=query)).json()
        pages.append([(group["id"], group["mySeat"] is not None) for group in page["groups"]])
        query = {"limit": "2", "cursor": page["nextCursor"]} if page["nextCursor"] else {}
    assert pages == [[(one, True), (theirs, False)], [(three, False)]]
    second = (await member.get("/groups", params={"limit": 2, "page": 2})).json()
    assert [group["id"] for group in second["groups"]] == [three]
    before = await member.get("/groups", params={"limit": 2, "cursor": second["previousCursor"]})
    assert [group["id"] for group in before.json()["groups"]] == [one, theirs]


async def test_another_guilds_group_session_does_not_exist(
    other_community: Community, groups: GroupApi, maya: Actor
) -> None:
    group = await groups.create()
    elsewhere = replace(maya, guild_id=OTHER_GUILD)
    client = groups.api.client_of(elsewhere)
    assert (await client.get("/groups")).json()["groups"] == []
    path = f"/groups/{group['id']}"
    for method, at, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "Mine"}),
        ("DELETE", "", None),
        ("DELETE", "?following=true", None),
        ("DELETE", "/repeat", None),
        ("PUT", "/schedule", {"scheduledAt": "2026-03-04T12:00:00Z"}),
        ("PUT", "/sign-up", {"open": False}),
        ("POST", "/seats", {}),
        ("PUT", "/seats/me", {"status": "confirmed"}),
        ("DELETE", "/seats/me", None),
        ("DELETE", f"/seats/{maya.user_id}", None),
        ("POST", "/waitlist", {}),
        ("DELETE", "/waitlist", None),
        ("PUT", "/attendance", {"noShows": [str(maya.user_id)]}),
    ):
        response = await client.request(method, path + at, json=body)
        assert problem(response) == (404, "not-found"), at


async def test_attendees_are_shown_as_the_server_wants(
    community: Community, groups: GroupApi, maya: Actor, priya: Actor
) -> None:
    group = await groups.create()
    seat = (await groups.join(group, maya)).json()
    only_names = {"userId": str(maya.user_id), "name": "Maya", "sessionId": None, "status": None}
    whole = only_names | {"sessionId": seat["id"], "status": "confirmed"}
    app = Actor(99, "the app", GUILD)
    assert (await groups.load(group, priya))["attendees"] == [only_names]
    for runs_it, scope in (
        (groups.oliver, "member"),
        (community.chief, "moderator"),
        (app, "service"),
    ):
        seen = await groups.load(group, runs_it, scope=scope)
        assert seen["attendees"] == [whole]
        assert seen["refundIfCancelled"] == 30
    await groups.join(group, priya)
    path = f"/groups/{group['id']}/seats"
    of_mentor = (await groups.mentor.get(path, params={"limit": 1})).json()
    assert of_mentor["attendees"] == [whole]
    first = (await groups.api.client_of(maya).get(path, params={"limit": 1})).json()
    query = {"limit": 1, "cursor": first["nextCursor"]}
    second = (await groups.api.client_of(maya).get(path, params=query)).json()
    assert [each["name"] for each in second["attendees"]] == ["Priya"]
    assert (second["attendees"][0]["sessionId"], second["nextCursor"]) == (None, None)
    query = {"limit": 1, "cursor": second["previousCursor"]}
    back = (await groups.api.client_of(maya).get(path, params=query)).json()
    assert back["attendees"] == [only_names]
    await groups.api.client_of(priya).delete(f"{path}/me")
    await community.configure(show_attendees=False)
    assert problem(await groups.api.client_of(maya).get(path)) == (403, "not-yours")
    assert (await groups.mentor.get(path)).json()["attendees"] == [whole]
    assert (await groups.load(group, priya))["attendees"] is None
    assert (await groups.load(group, maya))["attendees"] is None
    assert (await groups.load(group, groups.oliver))["attendees"] == [whole]
    acting = groups.api.client_of(app, "service", **{"Act-As": str(priya.user_id)})
    assert (await acting.get(f"/groups/{group['id']}")).json()["attendees"] is None


async def test_the_main_app_lists_group_sessions_for_nobody_in_particular(
    groups: GroupApi,
) -> None:
    group = await groups.create(meetingLink="https://meet.example.com/oliver")
    app = groups.api.client_of(Actor(99, "the app", GUILD), "service")
    (listed,) = (await app.get("/groups")).json()["groups"]
    assert (listed["id"], listed["meetingLink"]) == (group["id"], None)


async def test_editing_needs_the_revision_that_was_seen(groups: GroupApi, maya: Actor) -> None:
    group = await groups.create()
    path = f"/groups/{group['id']}"
    await groups.join(group, maya)
    edited = await groups.mentor.patch(path, json={"price": 50, "capacity": 9, "revision": 0})
    assert edited.status_code == 200
    assert [edited.json()[name] for name in ("price", "capacity", "revision")] == [50, 9, 1]
    assert [edited.json()[name] for name in ("title", "seatsTaken")] == ["Office hours", 1]
    stale = await groups.mentor.patch(path, json={"title": "Later", "revision": 0})
    assert problem(stale) == (409, "terms-changed")
    assert (stale.json()["term"], stale.json()["current"]) == ("revision", 1)
    link = "https://meet.example.com/oliver"
    with_link = await groups.mentor.patch(path, json={"meetingLink": link})
    assert with_link.json()["meetingLink"] == link
    without = await groups.mentor.patch(path, json={"meetingLink": ""})
    assert without.json()["meetingLink"] is None
    refused = await groups.api.client_of(maya).patch(path, json={"title": "Mine"})
    assert problem(refused) == (403, "not-yours")


async def test_place_roles_deadline_and_channel_can_be_edited(groups: GroupApi) -> None:
    group = await groups.create(minimumSeats=2)
    path = f"/groups/{group['id']}"
    changes = {
        "place": "voice",
        "joinRoleIds": ["77"],
        "minimumDeadline": "2026-03-03T09:00:00Z",
        "channelId": "1180235712340164610",
    }
    edited = await groups.mentor.patch(path, json=changes)
    assert edited.status_code == 200, edited.text
    assert {name: edited.json()[name] for name in changes} == changes
    refused = await groups.mentor.patch(path, json={"minimumDeadline": "2036-03-03T09:00:00Z"})
    assert problem(refused) == (422, "invalid-field")
    assert refused.json()["errors"][0]["pointer"] == "/minimumDeadline"


async def test_a_capacity_below_the_seats_taken_is_refused(
    community: Community, groups: GroupApi, maya: Actor, priya: Actor
) -> None:
    group = await groups.create(capacity=3)
    for person in (maya, priya, await community.member("Ken", points=100)):
        assert (await groups.join(group, person)).status_code == 201
    refused = await groups.mentor.patch(f"/groups/{group['id']}", json={"capacity": 2})
    assert problem(refused) == (422, "invalid-field")
    assert refused.json()["errors"][0]["pointer"] == "/capacity"


async def test_sign_up_closes_and_opens_however_often_it_is_said(
    groups: GroupApi, maya: Actor
) -> None:
    group = await groups.create()
    path = f"/groups/{group['id']}/sign-up"
    for _ in range(2):
        closed = await groups.mentor.put(path, json={"open": False})
        assert (closed.status_code, closed.json()["signUpOpen"]) == (200, False)
    refused = await groups.join(group, maya)
    assert problem(refused) == (409, "sign-up-closed")
    assert (await groups.load(group, maya))["actions"] == []
    opened = await groups.mentor.put(path, json={"open": True})
    assert opened.json()["signUpOpen"] is True
    assert (await groups.join(group, maya)).status_code == 201
    assert problem(await groups.api.client_of(maya).put(path, json={"open": False})) == (
        403,
        "not-yours",
    )


async def test_cancelling_refunds_everyone(
    community: Community, groups: GroupApi, maya: Actor, priya: Actor
) -> None:
    group = await groups.create()
    for person in (maya, priya):
        await groups.join(group, person)
    path = f"/groups/{group['id']}"
    stranger = await groups.api.client_of(maya).delete(path)
    assert problem(stranger) == (403, "not-yours")
    stale = await groups.mentor.request("DELETE", path, json={"expectedSeats": 1})
    assert problem(stale) == (409, "terms-changed")
    assert (stale.json()["term"], stale.json()["current"]) == ("seats", 2)
    client = groups.api.client_of(groups.oliver, **{"Idempotency-Key": "cancel"})
    body = {"reason": "Something came up", "expectedSeats": 2}
    cancelled = await client.request("DELETE", path, json=body)
    assert cancelled.status_code == 200
    answer = cancelled.json()
    assert (answer["status"], answer["points"]["refunded"]) == ("cancelled", 60)
    assert (answer["reason"], answer["endedBy"]) == (
        "Something came up",
        str(groups.oliver.user_id),
    )
    assert answer["actions"] == []
    assert [await community.balance(person) for person in (maya, priya)] == [100, 100]
    replayed = await client.request("DELETE", path, json=body)
    assert (replayed.status_code, replayed.json()) == (200, answer)
    again = await groups.mentor.delete(path)
    assert problem(again) == (409, "not-allowed-now")


async def test_a_change_can_include_all_that_follow(
    community: Community, groups: GroupApi, maya: Actor
) -> None:
    first = await groups.create(repeat={"everyWeeks": 1, "left": 2})
    while await community.db.run(repeats.create_due):
        pass
    mentor = {"mentorId": str(groups.oliver.user_id)}
    dates = (await groups.mentor.get("/groups", params=mentor)).json()["groups"]
    assert [each["scheduledAt"][:10] for each in dates] == [
        "2026-03-03",
        "2026-03-10",
        "2026-03-17",
    ]
    for each in dates[1:]:
        assert each["repeatOf"] == first["id"]
        assert (await groups.join(each, maya)).status_code == 201
    path = f"/groups/{dates[1]['id']}"
    body = {"title": "Open hours", "revision": 0, "following": True}
    edited = await groups.mentor.patch(path, json=body)
    assert edited.json()["title"] == "Open hours"
    titles = [each["title"] for each in (await groups.mentor.get("/groups")).json()["groups"]]
    assert titles == ["Office hours", "Open hours", "Open hours"]
    together = {"sessions": 2, "seatsTaken": 2, "refundIfCancelled": 60}
    assert (await groups.load(dates[1], groups.oliver))["following"] == together
    assert (await groups.load(dates[1], maya))["following"] is None
    stale = await groups.mentor.delete(path, params={"following": True, "expectedSeats": 1})
    assert problem(stale) == (409, "terms-changed")
    cancel = {"following": True, "expectedSeats": 2}
    cancelled = await groups.mentor.request("DELETE", path, json=cancel)
    assert cancelled.status_code == 200
    assert (cancelled.json()["status"], cancelled.json()["points"]["refunded"]) == ("cancelled", 60)
    assert await community.balance(maya) == 100
    left = (await groups.mentor.get("/groups")).json()["groups"]
    assert [each["id"] for each in left] == [first["id"]]


async def test_a_mentor_stops_repeating(community: Community, groups: GroupApi) -> None:
    group = await groups.create(repeat={"everyWeeks": 1})
    path = f"/groups/{group['id']}/repeat"
    stopped = await groups.mentor.delete(path)
    assert stopped.status_code == 200
    assert not await community.db.run(repeats.create_due)
    again = await groups.mentor.delete(path)
    assert problem(again) == (409, "not-allowed-now")
    assert again.json()["detail"] == "You can't stop repeating this session. It's not repeating."


async def test_a_moderator_cancels_a_group_session(
    community: Community, groups: GroupApi, maya: Actor
) -> None:
    group = await groups.create()
    await groups.join(group, maya)
    moderator = groups.api.client_of(community.chief, "moderator")
    seen = await groups.load(group, community.chief, scope="moderator")
    assert (seen["actions"], seen["refundIfCancelled"]) == (["join", "cancel"], 30)
    cancelled = await moderator.delete(f"/groups/{group['id']}", params={"reason": "Spam"})
    assert cancelled.status_code == 200
    assert cancelled.json()["points"]["refunded"] == 30
    assert await community.balance(maya) == 100
    seen = await groups.load(group, community.chief, scope="moderator")
    assert (seen["actions"], seen["refundIfCancelled"]) == ([], None)


async def test_nothing_is_changed_after_the_start(community: Community, groups: GroupApi) -> None:
    group = await groups.create()
    await community.wait_until(TUESDAY_NOON + hours(0.1))
    path = f"/groups/{group['id']}"
    assert (await groups.mentor.get(path)).json()["status"] == "in-progress"
    for method, at, body in (
        ("PATCH", "", {"title": "Later"}),
        ("DELETE", "", None),
        ("PUT", "/schedule", {"scheduledAt": "2026-03-04T12:00:00Z"}),
        ("PUT", "/sign-up", {"open": False}),
    ):
        response = await groups.mentor.request(method, path + at, json=body)
        assert problem(response) == (409, "not-allowed-now"), method


async def test_a_member_who_does_not_mentor_creates_no_group_session(
    api: ApiServer, maya: Actor
) -> None:
    refused = await api.client_of(maya).post("/groups", json=group_body())
    assert problem(refused) == (404, "not-a-mentor")


async def test_a_start_in_the_past_is_one_error_for_all_kinds_of_sessions(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    session = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    request = GroupRequest("Office hours", TUESDAY_NOON + hours(48), 60, capacity=2, price=0)
    group = await community.db.run(creation.create, oliver, request)
    mentor, mentee = api.client_of(oliver), api.client_of(maya)
    past = {"scheduledAt": "2026-03-01T12:00:00Z"}
    timed = past | {"duration": 60}
    new_group = timed | {"title": "Mock interviews", "capacity": 3, "price": 0}
    answers = [
        await mentee.post("/book", json=timed | {"mentorId": str(oliver.user_id)}),
        await mentee.put(f"/session/{session.id}/schedule", json={"action": "propose"} | past),
        await mentor.post("/invitations", json=timed | {"userId": str(maya.user_id)}),
        await mentor.post("/groups", json=new_group),
        await mentor.post("/groups/preview", json=new_group),
        await mentor.put(f"/groups/{group.id}/schedule", json=past),
    ]
    assert {problem(answer) for answer in answers} == {(409, "slot-unavailable")}
    # What else is wrong is said first.
    wrong = await mentor.post("/groups", json=new_group | {"title": "     "})
    assert problem(wrong) == (422, "invalid-field")


async def test_the_body_can_be_left_out_where_nothing_in_it_is_needed(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya, noor = await community.member("Maya"), await community.member("Noor")
    request = GroupRequest("Office hours", TUESDAY_NOON, 60, capacity=2, price=0)
    group = await community.db.run(creation.create, oliver, request)
    path = f"/groups/{group.id}"
    assert (await api.client_of(maya).post(f"{path}/seats")).status_code == 201
    assert (await api.client_of(noor).post(f"{path}/seats")).status_code == 201
    ken = api.client_of(await community.member("Ken"))
    assert (await ken.post(f"{path}/waitlist")).status_code == 201
