"""The demo, used through the requests of its page's script."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

pytest.importorskip("simcord", reason="the demo needs simcord")

from mentorbot.demo.community import MAYA, OLIVER
from mentorbot.demo.simulated_discord import DIRECT_MESSAGES, MENTORSHIP
from mentorbot.demo.tasks import TASKS
from mentorship.availability import slot_queries
from mentorship.calendars import agenda, external_calendars, feeds
from mentorship.search import directory
from mentorship.sessions import session_views, transitions
from mentorship.statuses import SessionStatus
from tests.mentorbot.support.demo_visitor import Visitor, book, complete_tour, visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")

_JSON = {"Content-Type": "application/json"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def visitor() -> AsyncIterator[Visitor]:
    """A demo shared by the tests that don't depend on its state."""
    async with visiting() as visitor:
        yield visitor


async def test_the_tour_leads_from_booking_to_reminder() -> None:
    async with visiting() as visitor:
        await complete_tour(visitor)


async def test_a_declined_booking_resets_the_tour_to_its_first_step(visitor: Visitor) -> None:
    session_id = await book(visitor)
    db, server = visitor.room.demo.clock.db, visitor.room.demo.server
    await db.run(transitions.decline, server.actor(OLIVER.key), session_id, "Ill, sorry")

    steps = await visitor.steps()

    assert not any(step["done"] for step in steps)
    assert "declined" in steps[0]["text"]


async def test_a_booked_mentor_becomes_playable(visitor: Visitor) -> None:
    assert "ravi" not in [person["key"] for person in (await visitor.state())["people"]]

    await book(visitor, mentor="ravi")

    state = await visitor.state()
    assert state["people"][-1]["key"] == "ravi"
    assert (await visitor.steps())[1]["person"] == "ravi"
    assert (await visitor.channel("ravi", DIRECT_MESSAGES.key))["unread"] == 1
    await visitor.open("ravi", DIRECT_MESSAGES.key)


async def test_the_history_has_ratings_and_most_session_statuses(visitor: Visitor) -> None:
    demo = visitor.room.demo
    db, maya = demo.clock.db, demo.server.actor(MAYA.key)

    mentors = await db.read(directory.suggest_mentors, maya, "")

    assert len(mentors) == 12
    assert len({mentor.timezone for mentor in mentors}) == 12
    assert sum(mentor.rating_count for mentor in mentors) > 20
    statuses = set()
    for key in demo.server.personas | dict.fromkeys(
        ("elena", "noah", "diego", "fatima", "leo", "sam")
    ):
        actor = demo.server.actor(key)
        for session in (
            *await db.read(session_views.list_upcoming, actor),
            *await db.read(session_views.list_past, actor),
        ):
            statuses.add(session.status)
    assert statuses >= set(SessionStatus) - {SessionStatus.IN_PROGRESS, SessionStatus.SCHEDULED}
    soonest = (
        await db.read(slot_queries.suggest_slots, maya, demo.server.actor(OLIVER.key).user_id)
    ).starts
    assert soonest[0] - demo.clock.now() < timedelta(hours=48)
    assert demo.server.env.errors == []


async def test_one_channel_is_open_at_a_time_on_a_stable_port(visitor: Visitor) -> None:
    first = await visitor.open(MAYA.key, MENTORSHIP.key)
    again = await visitor.open(MAYA.key, MENTORSHIP.key)
    second = await visitor.open(OLIVER.key, DIRECT_MESSAGES.key)

    assert first == again
    assert first.partition("#")[0] == second.partition("#")[0]
    assert first != second
    state = await visitor.state()
    shown = [
        (person["key"], channel["key"])
        for person in state["people"]
        for channel in person["channels"]
        if channel["open"]
    ]
    assert shown == [(OLIVER.key, DIRECT_MESSAGES.key)]


async def test_a_channel_closed_from_its_own_menu_opens_again(visitor: Visitor) -> None:
    await visitor.open(MAYA.key, MENTORSHIP.key)
    preview = visitor.room.demo.server.env._preview
    assert preview is not None
    await preview.close()

    assert not (await visitor.channel(MAYA.key, MENTORSHIP.key))["open"]
    await visitor.skip("hour")
    await visitor.open(MAYA.key, MENTORSHIP.key)
    assert (await visitor.channel(MAYA.key, MENTORSHIP.key))["open"]


async def test_concurrent_requests_are_handled_one_after_another(visitor: Visitor) -> None:
    before = visitor.room.demo.clock.now()
    await asyncio.gather(
        visitor.open(MAYA.key, MENTORSHIP.key),
        visitor.skip("hour"),
        visitor.open(OLIVER.key, DIRECT_MESSAGES.key),
        visitor.state(),
        visitor.skip("hour"),
        visitor.open(MAYA.key, DIRECT_MESSAGES.key),
    )

    state = await visitor.state()
    assert visitor.room.demo.clock.now() == before + timedelta(hours=2)
    assert sum(channel["open"] for person in state["people"] for channel in person["channels"]) == 1


async def test_a_channels_page_names_its_person_and_leads_back(visitor: Visitor) -> None:
    url = await visitor.open(MAYA.key, MENTORSHIP.key)
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as answer:
            page = await answer.text()
        for name in ("channel.js", "channel.css"):
            assert f"/{name}" in page
            async with http.get(f"{url.partition('#')[0]}{name}") as answer:
                assert answer.status == 200
                assert "://" not in await answer.text()
    assert "<title>Maya Torres · #mentorship</title>" in page
    assert f'href="{visitor.room.url}"' in page
    assert "<strong>Maya Torres</strong>" in page


async def send_on_page(url: str, text: str) -> tuple[int, dict[str, Any]]:
    """Send a message on the page of a channel, as its script does."""
    address, _, secret = url.partition("#")
    headers = {"X-Simcord-Capability": secret}
    async with aiohttp.ClientSession(address, headers=headers) as http:
        async with http.post("/api/pages", json={}) as answer:
            page = await answer.json()
        action = {
            "protocol_version": 3,
            "kind": "send_message",
            "content": text,
            "sequence": 1,
            "request_id": "one",
            "generation": page["context"]["generation"],
            "bot_generation": page["botGeneration"],
            "published_revision": page["publishedRevision"],
        }
        context = {"X-Simcord-Context": page["context"]["id"]}
        async with http.post("/api/action", json=action, headers=context) as answer:
            return answer.status, await answer.json()


async def test_an_action_on_a_channel_page_waits_for_its_turn(visitor: Visitor) -> None:
    """Also if a message arrives in the channel meanwhile."""
    url = await visitor.open(MAYA.key, MENTORSHIP.key)
    server = visitor.room.demo.server
    held = asyncio.Event()

    async def hold() -> None:
        """Keep the simulation busy, like a long skip."""
        server.env._begin_operation("a long skip")
        await held.wait()
        server.env._end_operation()
        await server.send_message(OLIVER.key, "Good morning!")
        await server.refresh()

    holding = asyncio.create_task(server.exclusively(hold))
    saying = asyncio.create_task(send_on_page(url, "Hello!"))
    done, _ = await asyncio.wait((saying,), timeout=0.3)
    held.set()
    await holding
    assert not done

    status, receipt = await saying
    assert (status, receipt["settlement"]) == (200, "settled")
    assert server.mentorship.history()[-1].content == "Hello!"


async def test_closing_a_page_releases_its_waiting_actions(visitor: Visitor) -> None:
    url = await visitor.open(MAYA.key, MENTORSHIP.key)
    held = asyncio.Event()

    async def hold() -> None:
        await held.wait()

    async with asyncio.timeout(10):
        holding = asyncio.create_task(visitor.room.demo.server.exclusively(hold))
        await asyncio.sleep(0.05)
        elsewhere = asyncio.create_task(visitor.open(OLIVER.key, DIRECT_MESSAGES.key))
        await asyncio.sleep(0.05)
        saying = asyncio.create_task(send_on_page(url, "Too late"))
        await asyncio.sleep(0.05)
        held.set()
        await holding
        await elsewhere
        status, _ = await saying
    assert status == 400


@pytest.mark.parametrize("to", ["", "year", 7, None, ["session"], {"a": 1}])
async def test_an_invalid_skip_returns_an_error_sentence(visitor: Visitor, to: object) -> None:
    before = visitor.room.demo.clock.now()
    status, answer = await visitor.skip(to)

    assert status == 409
    assert answer["error"].endswith(".")
    assert visitor.room.demo.clock.now() == before


async def test_invalid_requests_return_an_error_sentence(visitor: Visitor) -> None:
    http = visitor.http
    async with http.post("/api/skip", data=b"{", headers=_JSON) as answer:
        assert (answer.status, bool((await answer.json())["error"])) == (409, True)
    async with http.get("/api/nothing") as answer:
        assert (answer.status, bool((await answer.json())["error"])) == (404, True)
    async with http.get("/open/nobody/dm") as answer:
        assert answer.status == 404
        assert "There is nobody of that name" in await answer.text()
    async with http.get(f"/open/{MAYA.key}/mentor-review") as answer:
        assert answer.status == 404
        assert "Maya can&#x27;t see that channel" in await answer.text()
    async with http.get("/static/..%2f__init__.py") as answer:
        assert answer.status == 404


async def test_requests_from_other_sites_are_refused(visitor: Visitor) -> None:
    before = visitor.room.demo.clock.now()
    http = visitor.http
    async with http.get("/", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
    foreign = {"Origin": "https://evil.example", **_JSON}
    async with http.post("/api/skip", data=b'{"to": "day"}', headers=foreign) as answer:
        assert answer.status == 403
    form = {"Content-Type": "text/plain"}
    async with http.post("/api/skip", data=b'{"to": "day"}', headers=form) as answer:
        assert answer.status == 415
    assert visitor.room.demo.clock.now() == before


async def test_the_page_loads_nothing_from_the_network(visitor: Visitor) -> None:
    for name in ("", "static/style.css", "static/page.js", "static/icon.svg"):
        async with visitor.http.get(f"/{name}") as answer:
            assert answer.status == 200
            text = (await answer.text()).replace("http://www.w3.org/2000/svg", "")
            assert "http://" not in text
            assert "https://" not in text
    async with visitor.http.get(f"/avatars/{MAYA.key}.png") as answer:
        assert answer.content_type == "image/png"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals on Windows")
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
async def test_a_signal_stops_the_demo_and_deletes_its_data(
    number: signal.Signals, tmp_path: Path
) -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    with taken:
        port = taken.getsockname()[1]
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mentorbot", "demo", "--no-browser", "--port", str(port)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"TMPDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
            cwd=Path(__file__).parents[3],
        )
        assert program.stdout is not None
        output = ""
        async with asyncio.timeout(60):
            while "Ctrl-C" not in output:
                line = await program.stdout.readline()
                assert line, "the demo ended by itself"
                output += line.decode()
        url = output.partition("The demo is at")[2].split()[0]
        assert f"Port {port} is taken" in output
        assert os.listdir(tmp_path)
        async with aiohttp.ClientSession() as http, http.get(f"{url}open/maya/dm") as answer:
            assert answer.status == 200

        program.send_signal(number)
        async with asyncio.timeout(15):
            out, err = await program.communicate()

    assert program.returncode == 0
    assert err.decode() == ""
    assert "its data is deleted" in out.decode()
    assert os.listdir(tmp_path) == []
    with pytest.raises(aiohttp.ClientConnectionError):
        async with aiohttp.ClientSession() as http:
            await http.get(url)


async def test_a_calendar_app_reads_a_personas_feed(visitor: Visitor) -> None:
    demo = visitor.room.demo
    db, maya = demo.clock.db, demo.server.actor(MAYA.key)
    session_id = await book(visitor)
    feed = await db.run(feeds.create, maya)
    assert feed.token is not None
    address = feeds.address(demo.api.address, feed.token)
    async with aiohttp.ClientSession() as app:
        async with app.get(address) as first:
            assert first.status == 200
            entry = await db.read(agenda.load_session, maya, session_id)
            assert f"UID:{entry.uid}"[:75] in await first.text()
        async with app.get(address, headers={"If-None-Match": first.headers["ETag"]}) as same:
            assert same.status == 304


async def test_a_calendar_that_a_persona_adds_is_read(visitor: Visitor) -> None:
    demo = visitor.room.demo
    db, oliver = demo.clock.db, demo.server.actor(OLIVER.key)
    (path,) = [task.path for task in TASKS[OLIVER.key] if task.path]
    address = visitor.room.url.rstrip("/") + path
    await db.run(external_calendars.add_ics, oliver, "Home", address, allow_private=True)
    async with asyncio.timeout(30):
        while not (views := await db.read(external_calendars.list_own, oliver))[0].checked_at:
            await asyncio.sleep(0.1)
    assert views[0].problem is None
    assert views[0].changed_at is not None, "it has appointments"
