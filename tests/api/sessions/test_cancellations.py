"""Cancelling over REST: for the mentor of a pending request, that is to decline it."""

from __future__ import annotations

import pytest

from mentorship.notifications.catalogue import NotificationKind
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community


@pytest.mark.parametrize("way", ["DELETE", "PUT"])
async def test_a_mentor_who_cancels_a_pending_session_declines_it(
    community: Community, api: ApiServer, way: str
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    session = await community.session(SessionStatus.SCHEDULED, maya, oliver)
    client, path = api.client_of(oliver), f"/session/{session.id}"
    seen = (await client.get(path)).json()
    preview = (await client.get(f"{path}/cancellation")).json()
    assert seen["refundIfCancelled"] == preview["refund"] == 60
    params: dict[str, object] = {"reason": "I am away", "expectedRefund": 60}
    if way == "DELETE":
        ended = await client.request("DELETE", path, json=params)
    else:
        ended = await client.put(f"{path}/status", json=params | {"status": "cancelled"})
    assert (ended.status_code, ended.json()["status"]) == (200, "declined")
    assert ended.json()["points"] == {"held": 0, "refunded": 60, "earned": 0}
    assert ended.json()["reason"] == "I am away"
    assert await community.balance(maya) == 100
    (told,) = await community.notifications(NotificationKind.DECLINED)
    assert told.user_id == maya.user_id


async def test_a_mentee_who_cancels_a_pending_session_cancels_it(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    session = await community.session(SessionStatus.SCHEDULED, maya, oliver)
    ended = await api.client_of(maya).delete(f"/session/{session.id}")
    assert (ended.status_code, ended.json()["status"]) == (200, "cancelled")


async def test_what_is_over_can_not_be_cancelled(community: Community, api: ApiServer) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    session = await community.session(SessionStatus.COMPLETED, maya, oliver)
    for actor in (oliver, maya):
        refused = await api.client_of(actor).delete(f"/session/{session.id}")
        assert (refused.status_code, refused.json()["code"]) == (409, "not-allowed-now")
