"""Thanks over REST: sent once, paid once, read by the two."""

from __future__ import annotations

import asyncio

from mentorship.points.ledger import MAX_POINTS
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community


async def test_thanks_over_rest_are_read_by_both(community: Community, api: ApiServer) -> None:
    oliver, maya = (
        await community.mentor("Oliver", rate=0),
        await community.member("Maya", points=50),
    )
    session = await community.session(SessionStatus.COMPLETED, maya, oliver)
    path = f"/session/{session.id}/thanks"
    member = api.client_of(maya)
    assert (await member.get(path)).status_code == 404
    body = {"text": "That helped!", "tip": 20, "expectedBalance": 50}
    sent = await member.post(path, json=body)
    assert sent.status_code == 201, sent.text
    assert {name: sent.json()[name] for name in ("text", "tip", "balance")} == {
        "text": "That helped!",
        "tip": 20,
        "balance": 30,
    }
    expected = {name: value for name, value in sent.json().items() if name != "balance"}
    for person in (maya, oliver):
        read = await api.client_of(person).get(path)
        assert (read.status_code, read.json()) == (200, expected)
    noor = await community.member("Noor")
    assert (await api.client_of(noor).get(path)).status_code == 404
    again = await member.post(path, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "not-allowed-now")


async def test_thanks_sent_ten_times_with_one_key_pay_once(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = (
        await community.mentor("Oliver", rate=0),
        await community.member("Maya", points=50),
    )
    session = await community.session(SessionStatus.COMPLETED, maya, oliver)
    member = api.client_of(maya, **{"Idempotency-Key": "thanks-1"})
    path = f"/session/{session.id}/thanks"
    responses = await asyncio.gather(*(member.post(path, json={"tip": 5}) for _ in range(10)))
    assert {response.status_code for response in responses} <= {200, 201}
    assert len({response.text for response in responses}) == 1
    assert await community.balance(oliver) == 5


async def test_refused_thanks_say_what_is_wrong(community: Community, api: ApiServer) -> None:
    oliver, maya = (
        await community.mentor("Oliver", rate=0),
        await community.member("Maya", points=50),
    )
    session = await community.session(SessionStatus.COMPLETED, maya, oliver)
    path = f"/session/{session.id}/thanks"
    member = api.client_of(maya)
    for body, status, code in (
        ({"tip": 51}, 409, "balance-too-low"),
        ({"tip": 5, "expectedBalance": 49}, 409, "terms-changed"),
        ({"tip": -1}, 422, "invalid-request"),
        ({"tip": MAX_POINTS + 1}, 422, "invalid-request"),
        ({"text": "x" * 301}, 422, "invalid-request"),
    ):
        refused = await member.post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    by_mentor = await api.client_of(oliver).post(path, json={})
    assert (by_mentor.status_code, by_mentor.json()["code"]) == (403, "not-yours")
    assert await community.balance(maya) == 50
