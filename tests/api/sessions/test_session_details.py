"""What cancelling a session would mean, and calendar files, over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar

from mentorship.sessions.groups import creation
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


async def test_a_preview_says_what_cancelling_refunds_now_and_later(
    community: Community, api: ApiServer
) -> None:
    await community.configure(late_refund_percent=25, free_cancellation_until=120)
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=60)
    session = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    path = f"/session/{session.id}/cancellation"
    as_mentee, as_mentor = api.client_of(maya), api.client_of(oliver)
    early = (await as_mentee.get(path)).json()
    assert early == {
        "sessionId": str(session.id),
        "startsAt": "2026-03-03T12:00:00Z",
        "status": "cancelled",
        "amountPaid": 60,
        "refund": 60,
        "earned": 0,
        "until": "2026-03-03T10:00:00Z",
        "refundLater": 15,
        "earnedLater": 45,
    }
    always = {"until": "2026-03-03T12:00:00Z", "refundLater": None, "earnedLater": None}
    assert (await as_mentor.get(path)).json() == early | always

    await community.wait_until(TUESDAY_NOON - hours(1))
    late = (await as_mentee.get(path)).json()
    assert late == early | always | {"refund": 15, "earned": 45}
    stale = await as_mentee.delete(path.removesuffix("/cancellation") + "?expectedRefund=60")
    assert stale.json()["code"] == "terms-changed"
    done = await as_mentee.delete(path.removesuffix("/cancellation") + "?expectedRefund=15")
    assert done.json()["points"] == {"held": 0, "refunded": 15, "earned": 45}
    over = await as_mentee.get(path)
    assert (over.status_code, over.json()["code"]) == (409, "not-allowed-now")


async def test_the_mentor_of_a_pending_request_is_shown_that_it_is_declined(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=60)
    session = await community.session(SessionStatus.SCHEDULED, maya, oliver)
    path = f"/session/{session.id}/cancellation"
    for person, status in ((oliver, "declined"), (maya, "cancelled")):
        shown = (await api.client_of(person).get(path)).json()
        assert (shown["status"], shown["refund"], shown["refundLater"]) == (status, 60, None)


@pytest.mark.parametrize("who", ["mentor", "mentee"])
async def test_a_session_can_be_put_into_a_calendar(
    community: Community, api: ApiServer, who: str
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=60)
    session = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    client = api.client_of({"mentor": oliver, "mentee": maya}[who])
    response = await client.get(f"/session/{session.id}/calendar")
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    assert response.headers["content-disposition"].startswith('attachment; filename="')
    (event,) = Calendar.from_ical(response.content).walk("VEVENT")
    assert (event.start, event["status"]) == (TUESDAY_NOON, "CONFIRMED")


async def test_the_calendar_file_of_a_group_session_is_for_its_mentor(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya")
    request = GroupRequest("Office hours", TUESDAY_NOON, 60, capacity=2, price=0)
    group = await community.db.run(creation.create, oliver, request)
    path = f"/groups/{group.id}/calendar"
    (event,) = Calendar.from_ical((await api.client_of(oliver).get(path)).content).walk("VEVENT")
    assert (event["summary"], event.duration) == ("Office hours", timedelta(hours=1))
    refused = await api.client_of(maya).get(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-yours")
    # An attendee has the file of their seat.
    joined = await api.client_of(maya).post(f"/groups/{group.id}/seats", json={})
    seat = await api.client_of(maya).get(f"/session/{joined.json()['id']}/calendar")
    assert "Office hours" in seat.text
