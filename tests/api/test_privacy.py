"""Downloading and erasing one's own data over REST."""

from __future__ import annotations

import io
import json
import zipfile

from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


async def test_a_member_downloads_their_data_once_an_hour(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver Quux"), await community.member("Maya", points=60)
    await community.session(SessionStatus.COMPLETED, maya, oliver)
    client = api.client_of(maya)
    response = await client.get("/me/export")
    assert response.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    (name,) = archive.namelist()
    content = archive.read(name).decode()
    data = json.loads(content)
    assert data["user_id"] == str(maya.user_id)
    assert len(data["sessions"]) == 1
    assert "Quux" not in content
    refused = await client.get("/me/export")
    assert (refused.status_code, refused.json()["code"]) == (409, "limit-reached")
    assert refused.json()["limit"] == "data-requests"
    community.clock.turn(hours=1)
    assert (await client.get("/me/export")).status_code == 200


async def test_an_erasure_is_previewed_and_does_what_was_seen(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=200)
    session = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    client = api.client_of(maya)
    preview = (await client.get("/me/erasure")).json()
    assert (preview["status"], preview["points"]) == ("stored", 140)
    assert [each["id"] for each in preview["sessions"]] == [str(session.id)]
    # Another session is booked meanwhile: the person hasn't seen that it would be cancelled.
    await community.session(SessionStatus.CONFIRMED, maya, oliver, TUESDAY_NOON + hours(24))
    terms = {"expectedTerms": preview["terms"]}
    refused = await client.delete("/me", params=terms)
    assert (refused.status_code, refused.json()["code"]) == (409, "terms-changed")
    assert (await community.reload(session)).status is SessionStatus.CONFIRMED

    terms = {"expectedTerms": (await client.get("/me/erasure")).json()["terms"]}
    erased = await client.delete("/me", params=terms)
    assert (erased.status_code, erased.json()) == (
        200,
        {"status": "erased", "cancelledSessions": 2},
    )
    assert (await community.reload(session)).status is SessionStatus.CANCELLED
    after = (await client.get("/me/erasure")).json()
    assert (after["status"], after["points"], after["sessions"]) == ("nothing-stored", 0, [])
    again = await client.delete("/me", params=terms)
    assert again.json() == {"status": "nothing-stored", "cancelledSessions": 0}


async def test_an_erasure_needs_the_terms_that_were_seen(
    community: Community, api: ApiServer
) -> None:
    client = api.client_of(await community.member("Maya", points=5))
    for query in ({}, {"expectedTerms": "all of it"}):
        refused = await client.delete("/me", params=query)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["parameter"] == "expectedTerms"
    assert (await client.get("/me/erasure")).json()["status"] == "stored"
