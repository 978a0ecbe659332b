"""A member's calendars over REST. Addresses and passwords of other calendars never come back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import partial

import httpx
import pytest
from sqlalchemy import select

from integrations.calendars.caldav_directory import CalDavDirectory
from integrations.egress import Egress
from mentorship.calendars import busy_import
from mentorship.calendars.options import CalendarOptions
from mentorship.errors import CalendarProblem
from storage import Database, Transaction
from storage.tables import IdempotencyKey
from tests.api.server import OPTIONS, ApiServer, serve_api
from tests.calendars.caldav import servers
from tests.calendars.caldav.servers import PASSWORD, CalDavServer
from tests.mentorship.support.community import Community

ADDRESS = "https://calendar.example.com/private-1f0c/basic.ics"


@pytest.fixture
async def api(db: Database) -> AsyncIterator[ApiServer]:
    """The API of an installation on which all kinds of calendars are set up."""
    directory = CalDavDirectory(partial(Egress, allow_private=True))
    calendars = CalendarOptions("https://mentorbot.example", directory, allow_private=True)
    async with serve_api(db, replace(OPTIONS, calendars=calendars)) as api:
        yield api


@pytest.fixture
async def app(api: ApiServer, community: Community) -> httpx.AsyncClient:
    """The main app, for Oliver, who mentors."""
    return api.client_of(await community.mentor("Oliver"))


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with servers.radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


async def stored_responses(db: Database) -> str:
    async def load(tx: Transaction) -> str:
        return str((await tx.connection.execute(select(IdempotencyKey))).all())

    return await db.read(load)


async def test_a_feed_is_turned_on_renewed_and_turned_off(
    app: httpx.AsyncClient, api: ApiServer, db: Database
) -> None:
    path = "/me/calendar-feed"
    off = (await app.get(path)).json()
    assert (off["enabled"], off["url"]) == (False, None)
    key = {"Idempotency-Key": "turn-on"}
    feed = (await app.put(path, headers=key)).json()
    assert feed["enabled"] is True
    assert feed["webcalUrl"] == feed["url"].replace("https", "webcal")
    assert "google" in feed["googleUrl"]
    assert (await app.put(path)).json() == feed == (await app.get(path)).json()
    # It's the address at which this server has the feed.
    content = await app.get(f"{api.address}/calendar/{feed['url'].rpartition('/')[2]}")
    assert content.text.startswith("BEGIN:VCALENDAR")

    renewed = (await app.put(path, json={"renew": True})).json()
    assert renewed["url"] != feed["url"]
    repeated = await app.put(path, headers=key)
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert repeated.json()["url"] == renewed["url"]
    assert "calendar/" not in await stored_responses(db)
    assert (await app.delete(path)).json()["enabled"] is False


async def test_a_calendar_is_added_changed_and_removed(app: httpx.AsyncClient) -> None:
    added = await app.post("/me/calendars", json={"address": ADDRESS, "label": "Work"})
    assert added.status_code == 201
    calendar = added.json()
    assert (calendar["kind"], calendar["label"], calendar["blocksSlots"]) == ("ics", "Work", True)
    path = f"/me/calendars/{calendar['id']}"
    assert added.headers["Location"].endswith(path)
    loaded = await app.get(path)
    assert (loaded.json(), loaded.headers["ETag"]) == (calendar, added.headers["ETag"])

    changed = await app.patch(
        path, json={"blocksSlots": False}, headers={"If-Match": added.headers["ETag"]}
    )
    assert changed.json() == calendar | {"blocksSlots": False}
    late = await app.patch(
        path, json={"label": "Family"}, headers={"If-Match": added.headers["ETag"]}
    )
    assert (late.status_code, late.json()["code"]) == (412, "changed-meanwhile")
    assert (await app.get("/me/calendars")).json() == {"calendars": [changed.json()]}
    assert (await app.post(f"{path}/check")).status_code == 200
    assert (await app.delete(path)).json() == {"calendars": []}
    assert (await app.get(path)).status_code == 404


async def test_a_known_calendar_is_sent_again_once_a_check_fails(
    app: httpx.AsyncClient, community: Community
) -> None:
    added = await app.post("/me/calendars", json={"address": ADDRESS})
    path, tag = f"/me/calendars/{added.json()['id']}", added.headers["ETag"]
    assert (await app.get(path, headers={"If-None-Match": tag})).status_code == 304
    (due,) = await community.db.run(busy_import.claim)
    await community.db.run(busy_import.fail, due, CalendarProblem.NOT_FOUND)
    shown = await app.get(path, headers={"If-None-Match": tag})
    assert (shown.status_code, shown.json()["problem"]) == (200, "not-found")
    # Its owner has changed nothing, so their change still counts.
    changed = await app.patch(path, json={"label": "Family"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["label"]) == (200, "Family")


async def test_addresses_and_passwords_are_in_no_response_and_not_stored(
    app: httpx.AsyncClient, db: Database
) -> None:
    account = {"username": "oliver", "password": "app-password"}
    for number, body in enumerate(({"address": ADDRESS}, {"address": ADDRESS + "x"} | account)):
        added = await app.post(
            "/me/calendars", json=body, headers={"Idempotency-Key": f"key-{number}"}
        )
        assert added.status_code == 201
        responses = [added, await app.get("/me/calendars")]
        for text in (*(response.text for response in responses), await stored_responses(db)):
            assert "private-1f0c" not in text
            assert "app-password" not in text


async def test_wrong_calendars_say_what_is_wrong(app: httpx.AsyncClient) -> None:
    async def refused(body: dict[str, object]) -> tuple[int, str, object]:
        response = await app.post("/me/calendars", json=body)
        problem = response.json()
        pointers = [error.get("pointer") for error in problem.get("errors", [])]
        return response.status_code, problem["code"], pointers

    assert await refused({"address": "no address"}) == (422, "invalid-field", ["/address"])
    missing = {"address": ADDRESS, "username": "oliver"}
    assert await refused(missing) == (422, "invalid-field", ["/password"])
    for number in range(5):
        await app.post("/me/calendars", json={"address": f"{ADDRESS}?{number}"})
    assert (await refused({"address": ADDRESS}))[:2] == (409, "too-many-calendars")


async def test_sessions_are_written_over_caldav_only(app: httpx.AsyncClient) -> None:
    body = {"address": ADDRESS, "receivesSessions": True}
    refused = await app.post("/me/calendars", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-field")


async def test_calendars_of_an_account_are_found_and_added(
    app: httpx.AsyncClient, radicale: CalDavServer
) -> None:
    radicale.add_user("oliver").make_calendar("work", "Work")
    account = {"username": "oliver", "password": PASSWORD}
    path = "/me/calendars/discovery"
    found = await app.post(path, json={"server": radicale.url} | account)
    (choice,) = found.json()["calendars"]
    assert (choice["name"], choice["canWrite"]) == ("Work", True)
    body = {"address": choice["address"], "receivesSessions": True} | account
    added = await app.post("/me/calendars", json=body)
    assert (added.status_code, added.json()["kind"]) == (201, "caldav")
    wrong = await app.post(path, json={"server": radicale.url} | account | {"password": "wrong"})
    assert (wrong.status_code, wrong.json()["problem"]) == (409, "wrong-password")


async def test_nobody_reaches_a_calendar_of_somebody_else(
    app: httpx.AsyncClient, api: ApiServer, community: Community
) -> None:
    calendar = (await app.post("/me/calendars", json={"address": ADDRESS})).json()
    path = f"/me/calendars/{calendar['id']}"
    other = api.client_of(await community.mentor("Ada"))
    assert (await other.get("/me/calendars")).json() == {"calendars": []}
    for request in (
        other.get(path),
        other.patch(path, json={"label": "Mine"}),
        other.delete(path),
        other.post(f"{path}/check"),
    ):
        assert (await request).status_code == 404
    assert (await app.get(path)).json() == calendar
