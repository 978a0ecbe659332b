"""What each provider is asked for, what is made of its answers, and that nothing is made twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from integrations.egress import Egress
from integrations.meetings import requests
from integrations.meetings.daily import Daily, DailyAccount
from integrations.meetings.jitsi import Jitsi, JitsiAccount
from integrations.meetings.provider import Meeting, MeetingFailed, MeetingProvider
from integrations.meetings.zoom import Zoom, ZoomAccount
from mentorship.meetings.problems import MeetingProblem
from tests.integrations.meetings.standins import (
    DailyStandIn,
    Fault,
    StandIn,
    ZoomStandIn,
    serving,
)

KEY = "0f" * 16
START = datetime(2027, 3, 1, 18, tzinfo=UTC)
MEETING = Meeting(KEY, "Mentorship session", START, START + timedelta(minutes=45))
LATER = replace(
    MEETING, starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, hours=1)
)
LOST_ANSWERS = [Fault(0, carried_out=True), Fault(503, carried_out=True)]
TROUBLES = [
    (Fault(401), MeetingProblem.UNAUTHORIZED),
    (Fault(403), MeetingProblem.UNAUTHORIZED),
    (Fault(429), MeetingProblem.RATE_LIMITED),
    (Fault(500), MeetingProblem.UNAVAILABLE),
    (Fault(503), MeetingProblem.UNAVAILABLE),
    (Fault(0), MeetingProblem.UNAVAILABLE),
    (Fault(-1), MeetingProblem.UNAVAILABLE),
    (Fault(-2), MeetingProblem.BAD_ANSWER),
    (Fault(418), MeetingProblem.REFUSED),
]


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress(allow_private=True, timeout_s=1.0) as open_egress:
        yield open_egress


@pytest.fixture
async def zoom(egress: Egress) -> AsyncIterator[tuple[ZoomStandIn, Zoom]]:
    server = ZoomStandIn()
    async with serving(server):
        yield server, zoom_client(egress, server)
    assert server.violations == []


@pytest.fixture
async def daily(egress: Egress) -> AsyncIterator[tuple[DailyStandIn, Daily]]:
    server = DailyStandIn()
    async with serving(server):
        yield server, Daily(egress, DailyAccount(server.api_key), api=f"{server.url}/v1")
    assert server.violations == []


def zoom_client(egress: Egress, server: ZoomStandIn, **changes: Any) -> Zoom:
    account = ZoomAccount(server.account_id, server.client_id, server.client_secret, server.users)
    return Zoom(
        egress,
        replace(account, **changes),
        api=f"{server.url}/v2",
        login=f"{server.url}/oauth/token",
    )


async def failure_of(action: Any) -> MeetingFailed:
    with pytest.raises(MeetingFailed) as error:
        await action
    return error.value


# --- Zoom -----------------------------------------------------------------------------------------

ZOOM_MEETING = replace(MEETING, host="host@example.com")


async def test_zoom_meeting_has_the_sessions_time(zoom: tuple[ZoomStandIn, Zoom]) -> None:
    server, client = zoom
    hosted = await client.create(ZOOM_MEETING)
    [meeting] = server.meetings.values()
    assert hosted.external_id == str(meeting["id"])
    assert hosted.join_url.startswith("https://us02web.zoom.us/j/")
    assert meeting["start_time"] == "2027-03-01T18:00:00Z"
    assert (meeting["duration"], meeting["timezone"]) == (45, "UTC")
    assert meeting["settings"]["join_before_host"] is True
    assert meeting["settings"]["waiting_room"] is False


async def test_zoom_waiting_room_follows_the_setting(
    egress: Egress, zoom: tuple[ZoomStandIn, Zoom]
) -> None:
    server, _ = zoom
    await zoom_client(egress, server, waiting_room=True).create(ZOOM_MEETING)
    [meeting] = server.meetings.values()
    assert meeting["settings"]["waiting_room"] is True
    assert meeting["settings"]["join_before_host"] is False


async def test_zoom_is_logged_in_to_once(zoom: tuple[ZoomStandIn, Zoom]) -> None:
    server, client = zoom
    hosted = await client.create(ZOOM_MEETING)
    await client.update(replace(LATER, host="host@example.com", external_id=hosted.external_id))
    assert server.logins == 1


async def test_zoom_is_logged_in_to_again_when_the_token_ends(
    egress: Egress, zoom: tuple[ZoomStandIn, Zoom]
) -> None:
    server, client = zoom
    server.token_seconds = 30
    await client.create(ZOOM_MEETING)
    await client.create(replace(ZOOM_MEETING, room_key="1f" * 16))
    assert server.logins == 2


async def test_zoom_token_that_was_withdrawn_is_replaced(zoom: tuple[ZoomStandIn, Zoom]) -> None:
    server, client = zoom
    await client.create(ZOOM_MEETING)
    server.withdraw_tokens()
    await client.create(replace(ZOOM_MEETING, room_key="1f" * 16))
    assert (server.logins, server.created) == (2, 2)


async def test_zoom_meeting_moves_and_keeps_its_link(zoom: tuple[ZoomStandIn, Zoom]) -> None:
    server, client = zoom
    hosted = await client.create(ZOOM_MEETING)
    moved = replace(LATER, host="host@example.com", external_id=hosted.external_id)
    assert await client.update(moved) == hosted
    [meeting] = server.meetings.values()
    assert (meeting["start_time"], meeting["duration"]) == ("2027-03-02T18:00:00Z", 60)


async def test_zoom_meeting_that_somebody_deleted_is_made_again(
    zoom: tuple[ZoomStandIn, Zoom],
) -> None:
    server, client = zoom
    hosted = await client.create(ZOOM_MEETING)
    server.meetings.clear()
    again = await client.update(replace(ZOOM_MEETING, external_id=hosted.external_id))
    assert again.external_id != hosted.external_id
    assert len(server.meetings) == 1


@pytest.mark.parametrize("lost", LOST_ANSWERS)
async def test_zoom_meeting_whose_answer_was_lost_is_found(
    zoom: tuple[ZoomStandIn, Zoom], lost: Fault
) -> None:
    server, client = zoom
    server.faults.append(replace(lost, only="POST /v2"))
    assert (await failure_of(client.create(ZOOM_MEETING))).problem is MeetingProblem.UNAVAILABLE
    moved = replace(LATER, host="host@example.com", may_exist=True)
    hosted = await client.create(moved)
    [meeting] = server.meetings.values()
    assert hosted.external_id == str(meeting["id"])
    # It has the time of the second attempt.
    assert meeting["start_time"] == "2027-03-02T18:00:00Z"


async def test_zoom_meeting_is_found_on_a_later_page(zoom: tuple[ZoomStandIn, Zoom]) -> None:
    server, client = zoom
    for number in range(650):
        await client.create(replace(ZOOM_MEETING, room_key=f"{number:032x}"))
    [expected] = [each["id"] for each in server.meetings.values() if each["agenda"][-3:] == "26c"]
    hosted = await client.create(replace(ZOOM_MEETING, room_key=f"{0x26C:032x}", may_exist=True))
    assert hosted.external_id == str(expected)
    assert server.created == 650


async def test_zoom_meeting_is_removed_by_its_key_without_an_id(
    zoom: tuple[ZoomStandIn, Zoom],
) -> None:
    server, client = zoom
    await client.create(replace(ZOOM_MEETING, room_key="1f" * 16))
    await client.create(ZOOM_MEETING)
    await client.remove(ZOOM_MEETING)
    assert [each["agenda"] for each in server.meetings.values()] == ["1f" * 16]
    await client.remove(ZOOM_MEETING)
    await client.remove(replace(ZOOM_MEETING, external_id="85746065433"))


async def test_zoom_wrong_secret_is_a_problem_of_the_credentials(
    egress: Egress, zoom: tuple[ZoomStandIn, Zoom]
) -> None:
    server, _ = zoom
    client = zoom_client(egress, server, client_secret="wrong")
    assert (await failure_of(client.check())).problem is MeetingProblem.UNAUTHORIZED


async def test_zoom_unknown_user_is_named_as_the_problem(
    egress: Egress, zoom: tuple[ZoomStandIn, Zoom]
) -> None:
    server, client = zoom
    await client.check()
    nobody = zoom_client(egress, server, users=("nobody@example.com",))
    assert (await failure_of(nobody.check())).problem is MeetingProblem.UNKNOWN_HOST_USER


# --- Daily ----------------------------------------------------------------------------------------


async def test_daily_room_opens_before_the_start_and_expires(
    daily: tuple[DailyStandIn, Daily],
) -> None:
    server, client = daily
    hosted = await client.create(MEETING)
    assert hosted.join_url == f"https://community.daily.co/{KEY}"
    config = server.rooms[KEY]["config"]
    assert config["nbf"] < START.timestamp() < MEETING.ends_at.timestamp() < config["exp"]


async def test_daily_room_moves(daily: tuple[DailyStandIn, Daily]) -> None:
    server, client = daily
    hosted = await client.create(MEETING)
    assert await client.update(LATER) == hosted
    config = server.rooms[KEY]["config"]
    assert config["nbf"] < LATER.starts_at.timestamp() < config["exp"]


@pytest.mark.parametrize("lost", LOST_ANSWERS)
async def test_daily_room_whose_answer_was_lost_is_not_made_twice(
    daily: tuple[DailyStandIn, Daily], lost: Fault
) -> None:
    server, client = daily
    server.faults.append(replace(lost))
    await failure_of(client.create(MEETING))
    hosted = await client.create(replace(LATER, may_exist=True))
    assert (server.created, hosted.external_id) == (1, KEY)
    assert server.rooms[KEY]["config"]["exp"] > LATER.ends_at.timestamp()


async def test_daily_room_that_expired_is_made_again(daily: tuple[DailyStandIn, Daily]) -> None:
    server, client = daily
    await client.create(MEETING)
    server.rooms.clear()
    await client.update(LATER)
    assert list(server.rooms) == [KEY]


async def test_daily_room_is_removed_once(daily: tuple[DailyStandIn, Daily]) -> None:
    server, client = daily
    await client.create(MEETING)
    await client.remove(MEETING)
    assert server.rooms == {}
    await client.remove(MEETING)


async def test_daily_wrong_key_is_a_problem_of_the_credentials(
    egress: Egress, daily: tuple[DailyStandIn, Daily]
) -> None:
    server, client = daily
    await client.check()
    stranger = Daily(egress, DailyAccount("wrong"), api=f"{server.url}/v1")
    assert (await failure_of(stranger.check())).problem is MeetingProblem.UNAUTHORIZED
    assert (await failure_of(stranger.create(MEETING))).problem is MeetingProblem.UNAUTHORIZED


# --- Both -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("trouble", "problem"), TROUBLES)
@pytest.mark.parametrize("name", ["zoom", "daily"])
async def test_provider_in_trouble_is_a_problem_and_leaks_nothing(
    zoom: tuple[ZoomStandIn, Zoom],
    daily: tuple[DailyStandIn, Daily],
    name: str,
    trouble: Fault,
    problem: MeetingProblem,
) -> None:
    server: StandIn
    client: MeetingProvider
    server, client = zoom if name == "zoom" else daily
    # Zoom is asked once more after a 401, with a new token.
    path = "POST /v2" if name == "zoom" else "POST /v1"
    server.faults += [replace(trouble, only=path) for _ in range(2)]
    failure = await failure_of(client.create(ZOOM_MEETING))
    assert failure.problem is problem
    text = repr(failure) + repr(failure.__cause__) + repr(failure.__context__)
    assert "secret" not in text
    assert "daily-key" not in text
    server.faults.clear()
    await client.create(replace(ZOOM_MEETING, may_exist=True))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", timedelta(seconds=7)),
        ("999999999999", requests.MAX_WAIT),
        ("2000-01-01T00:00:00Z", timedelta()),
        ("Sat, 01 Jan 2000 00:00:00 GMT", timedelta()),
        ("soon", None),
    ],
)
async def test_wait_that_a_provider_asks_for_is_read(
    daily: tuple[DailyStandIn, Daily], header: str, expected: timedelta | None
) -> None:
    server, client = daily
    server.faults.append(Fault(429, headers={"Retry-After": header}))
    assert (await failure_of(client.create(MEETING))).retry_after == expected


@pytest.mark.parametrize(
    "link", ["http://community.daily.co/x", "javascript:alert(1)", "https://" + "x" * 600, 7, None]
)
async def test_link_that_people_cannot_be_given_is_a_bad_answer(
    daily: tuple[DailyStandIn, Daily], link: object
) -> None:
    server, client = daily
    await client.create(MEETING)
    server.rooms[KEY]["url"] = link
    assert (await failure_of(client.create(MEETING))).problem is MeetingProblem.BAD_ANSWER


# --- Jitsi ----------------------------------------------------------------------------------------


async def test_jitsi_room_is_named_by_its_key_on_the_guilds_server() -> None:
    client = Jitsi(JitsiAccount("https://meet.example.org/"))
    assert (await client.create(MEETING)).join_url == f"https://meet.example.org/{KEY}"
    own = replace(MEETING, server="https://jitsi.example.com")
    assert (await client.create(own)).join_url == f"https://jitsi.example.com/{KEY}"


async def test_jitsi_token_opens_one_room_and_names_the_moderator() -> None:
    secret = "jitsi-secret-" + "x" * 32
    client = Jitsi(JitsiAccount("https://meet.example.org", "mentorbot", secret))
    hosted = await client.create(MEETING)
    assert hosted.host_url is not None
    claims = [
        jwt.decode(
            url.partition("?jwt=")[2],
            secret,
            algorithms=["HS256"],
            audience="jitsi",
            issuer="mentorbot",
            options={"verify_nbf": False},
        )
        for url in (hosted.join_url, hosted.host_url)
    ]
    assert {each["room"] for each in claims} == {KEY}
    assert {each["sub"] for each in claims} == {"meet.example.org"}
    assert [each["moderator"] for each in claims] == [False, True]
    for each in claims:
        assert each["nbf"] < START.timestamp() < MEETING.ends_at.timestamp() < each["exp"]
    assert max(len(hosted.join_url), len(hosted.host_url)) <= 500


async def test_jitsi_secret_signs_nothing_for_another_server() -> None:
    client = Jitsi(JitsiAccount("https://meet.example.org", "mentorbot", "x" * 40))
    hosted = await client.create(replace(MEETING, server="https://jitsi.example.com"))
    assert hosted.join_url == f"https://jitsi.example.com/{KEY}"
    assert hosted.host_url is None


def test_accounts_show_no_secret() -> None:
    shown = [
        ZoomAccount("a", "b", "secret-1", ("c",)),
        DailyAccount("secret-2"),
        JitsiAccount("https://meet.example.org", "app", "secret-3"),
    ]
    assert "secret" not in repr(shown)
