"""Calendar feeds over HTTP: as a calendar app reads them, and as somebody who guesses does."""

from __future__ import annotations

import asyncio
import gzip
import logging
from email.utils import parsedate_to_datetime

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import update

from api.monitoring import RequestMetrics
from api.routes import calendar_feeds
from mentorship.actors import Actor
from mentorship.calendars import feed_content, feeds
from mentorship.sessions import transitions
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.tables import Member
from tests.api.server import ApiServer, serve_api
from tests.mentorship.support.community import Community
from tests.mentorship.support.statements import record_statements


@pytest.fixture
def reader(api: ApiServer) -> httpx.AsyncClient:
    """A client without a token of the API, as calendar apps are."""
    client = api.client_with_token(None)
    client.base_url = httpx.URL(api.address)
    return client


async def path_of(community: Community, person: Actor) -> str:
    """Return the path of a person's feed."""
    feed = await community.db.run(feeds.create, person)
    assert feed.token is not None
    return feeds.address("", feed.token)


async def test_a_feed_is_read_without_credentials(
    community: Community, reader: httpx.AsyncClient
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=60)
    session = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    response = await reader.get(await path_of(community, maya))
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["x-robots-tag"] == "noindex"
    assert response.headers["etag"].startswith('W/"')
    assert parsedate_to_datetime(response.headers["last-modified"]) == session.updated_at.replace(
        microsecond=0
    )
    (event,) = Calendar.from_ical(response.content).walk("VEVENT")
    assert event["DTSTART"].dt == session.starts_at
    empty = await reader.get(await path_of(community, await community.member("Noor")))
    assert empty.status_code == 200
    assert "last-modified" not in empty.headers
    assert not Calendar.from_ical(empty.content).walk("VEVENT")


async def test_an_unchanged_feed_is_not_sent_again(
    community: Community, reader: httpx.AsyncClient
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=60)
    session = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    path = await path_of(community, maya)
    first = await reader.get(path)
    etag = first.headers["etag"]
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        same = await reader.get(path, headers={"If-None-Match": known})
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == etag
        assert same.headers["cache-control"] == "private, no-cache"
        assert same.headers["vary"] == "Accept-Encoding"
    # A date has whole seconds, so a second change within one could be overlooked.
    by_date = {"If-Modified-Since": first.headers["last-modified"]}
    assert (await reader.get(path, headers=by_date)).status_code == 200
    await community.db.run(transitions.cancel, maya, session.id)
    changed = await reader.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    # The version of a program that wrote feeds in another way.
    version, _, _ = changed.headers["etag"].rpartition(".")
    outdated = await reader.get(path, headers={"If-None-Match": f'{version}.00000000"'})
    assert outdated.status_code == 200


async def test_head_and_gzip_give_the_same_feed(
    community: Community, reader: httpx.AsyncClient
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=600)
    await community.session(SessionStatus.CONFIRMED, maya, oliver)
    path = await path_of(community, maya)
    plain = await reader.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    async with reader.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["content-encoding"] == "gzip"
        assert response.headers["vary"] == "Accept-Encoding"
        assert response.headers["etag"] == plain.headers["etag"]
        raw = b"".join([part async for part in response.aiter_raw()])
    assert gzip.decompress(raw) == plain.content
    head = await reader.head(path, headers={"Accept-Encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "last-modified", "content-length", "content-type"):
        assert head.headers[name] == plain.headers[name]
    options = await reader.options(path)
    assert options.headers["allow"] == "GET, HEAD, OPTIONS"
    assert (await reader.post(path)).status_code == 405


async def test_every_unknown_address_gets_the_same_answer(
    community: Community, reader: httpx.AsyncClient
) -> None:
    maya, noor = await community.member("Maya"), await community.member("Noor")
    renewed = await path_of(community, maya)
    await community.db.run(feeds.renew, maya)
    turned_off = await path_of(community, noor)
    await community.db.run(feeds.turn_off, noor)
    never = feeds.address("", "A" * 43)
    malformed = [feeds.address("", each) for each in ("short", "A" * 44, "!" * 43, "A" * 3_000)]
    answers = []
    for path in (renewed, turned_off, never, *malformed):
        response = await reader.get(path)
        body = response.json()
        del body["instance"]
        answers.append((response.status_code, body))
    assert answers[0][0] == 404
    assert all(answer == answers[0] for answer in answers)


async def test_guessing_is_limited_and_stops_no_reader(
    community: Community, reader: httpx.AsyncClient
) -> None:
    path = await path_of(community, await community.member("Maya"))
    statuses = [
        (await reader.get(feeds.address("", f"{number:043}"))).status_code
        for number in range(calendar_feeds.GUESSES_PER_MINUTE + 5)
    ]
    assert (
        statuses[: calendar_feeds.GUESSES_PER_MINUTE] == [404] * calendar_feeds.GUESSES_PER_MINUTE
    )
    assert 429 in statuses[calendar_feeds.GUESSES_PER_MINUTE :]
    assert (await reader.get(path)).status_code == 200


async def test_each_feed_has_a_limit_of_its_own(
    community: Community, reader: httpx.AsyncClient
) -> None:
    paths = [await path_of(community, await community.member(name)) for name in ("Maya", "Noor")]
    etag = (await reader.get(paths[0])).headers["etag"]
    responses = [
        await reader.get(paths[0], headers={"If-None-Match": etag})
        for _ in range(calendar_feeds.READS_PER_MINUTE + 5)
    ]
    refused = [each for each in responses if each.status_code == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1
    assert (await reader.get(paths[1])).status_code == 200


async def test_the_reading_of_a_feed_is_noted(
    community: Community, reader: httpx.AsyncClient
) -> None:
    maya = await community.member("Maya")
    path = await path_of(community, maya)
    await reader.get(path)
    # The note follows the response; the next one waits for its turn to write.
    await community.member("Noor")
    feed = await community.db.read(feeds.find, maya)
    assert feed is not None
    assert feed.read_at == community.clock.now


def own_records(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return what the program has logged.

    pytest also records what the clients log, and uvicorn's access log, which the program turns off.
    """
    others = ("http", "uvicorn.access")
    return [record for record in caplog.records if not record.name.startswith(others)]


async def test_a_token_is_in_no_log_metric_or_error(
    community: Community, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    path = await path_of(community, await community.member("Maya"))
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    caplog.set_level(logging.DEBUG)
    measured: list[RequestMetrics] = []
    async with (
        serve_api(db, observe=measured.append) as api,
        httpx.AsyncClient(base_url=api.address) as reader,
    ):
        found = await reader.get(path)
        await reader.get(path + "/more")
        # A bug of ours.
        await db.run(_rename, "calendar_feeds", "elsewhere")
        try:
            failed = await reader.get(path)
        finally:
            await db.run(_rename, "elsewhere", "calendar_feeds")
        metrics = await reader.get("/metrics")
    assert failed.status_code == 500
    routes = sorted(each.route for each in measured)
    assert routes == ["/calendar/{token}.ics", "/calendar/{token}.ics", "other"]
    texts = [found.text, failed.text, metrics.text, repr(found.headers), repr(failed.headers)]
    assert all(token not in each for each in texts)
    records = own_records(caplog)
    assert any(record.getMessage() == "request failed" for record in records)
    assert not any(token in repr(vars(record)) for record in records)
    assert not any(token in (record.exc_text or "") for record in records)
    assert not logging.getLogger("uvicorn.access").propagate


async def _rename(tx: Transaction, table: str, new: str) -> None:
    await tx.connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {new}")


async def test_a_feed_during_an_outage_is_unavailable_and_not_logged(
    community: Community, caplog: pytest.LogCaptureFixture
) -> None:
    path = await path_of(community, await community.member("Maya"))
    away = Database("sqlite+aiosqlite:////nowhere/at/all.db")
    async with serve_api(away) as api, httpx.AsyncClient(base_url=api.address) as client:
        response = await client.get(path)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    records = own_records(caplog)
    assert any(record.getMessage() == "database unavailable" for record in records)
    assert not any(token in repr(vars(record)) for record in records)
    await away.close()


async def test_an_unchanged_feed_is_read_once_until_anybody_writes(
    community: Community, reader: httpx.AsyncClient, db: Database
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=60)
    await community.session(SessionStatus.CONFIRMED, maya, oliver)
    path = await path_of(community, maya)
    etag = (await reader.get(path)).headers["etag"]
    known = {"If-None-Match": etag}
    # The first reading is noted after its response, which is a commit.
    while (await db.read(feeds.find, maya)).read_at is None:
        await asyncio.sleep(0.01)
    assert (await reader.get(path, headers=known)).status_code == 304
    with record_statements(db) as recorded:
        assert (await reader.get(path, headers=known)).status_code == 304
    assert bool(recorded) == (db.change_stamp() is None)
    # Another process.
    other = Database(db.url, clock=db.clock)
    await other.run(_call_people, maya.guild, "Someone else")
    await other.close()
    changed = await reader.get(path, headers=known)
    assert changed.status_code == 200
    # What another reader has is not the current version.
    known = {"If-None-Match": changed.headers["etag"]}
    assert (await reader.get(path, headers=known)).status_code == 304
    assert (await reader.get(path, headers={"If-None-Match": etag})).status_code == 200
    # Time changes a feed, too.
    community.clock.now += feed_content.SHOWN_FOR * 2
    assert (await reader.get(path, headers=known)).status_code == 200
    assert not Calendar.from_ical((await reader.get(path)).content).walk("VEVENT")
    # A deleted feed isn't found at once.
    await db.run(feeds.turn_off, maya)
    assert (await reader.get(path, headers=known)).status_code == 404


async def _call_people(tx: Transaction, guild: int, name: str) -> None:
    await tx.connection.execute(update(Member).where(Member.guild_id == guild).values(name=name))
