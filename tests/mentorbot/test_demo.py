"""The demo, as its page's script and a person behind it use it."""

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
from mentorbot.demo.simulated_discord import MENTORSHIP, MESSAGES
from mentorship.availability import slot_queries
from mentorship.search import directory
from mentorship.sessions import session_views, transitions
from mentorship.statuses import SessionStatus
from tests.mentorbot.demo_visitor import Visitor, book, visiting, walk_the_path

pytestmark = pytest.mark.asyncio(loop_scope="module")

_JSON = {"Content-Type": "application/json"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def visitor() -> AsyncIterator[Visitor]:
    """One demo for the tests that don't mind what others did before them."""
    async with visiting() as found:
        yield found


async def test_the_suggested_path_from_booking_to_reminder() -> None:
    async with visiting() as visitor:
        await walk_the_path(visitor)


async def test_a_booking_that_falls_through_leads_back_to_the_first_step(visitor: Visitor) -> None:
    session_id = await book(visitor)
    db, stage = visitor.room.play.clock.db, visitor.room.play.stage
    await db.run(transitions.decline, stage.actor(OLIVER.key), session_id, "Ill, sorry")

    state = await visitor.look()

    assert not any(step["done"] for step in state["steps"])
    assert "declined" in state["steps"][0]["text"]


async def test_a_mentor_who_is_booked_can_be_played(visitor: Visitor) -> None:
    assert "ravi" not in [person["key"] for person in (await visitor.look())["people"]]

    await book(visitor, mentor="ravi")

    state = await visitor.look()
    assert state["people"][-1]["key"] == "ravi"
    assert state["steps"][1]["person"] == "ravi"
    assert (await visitor.place("ravi", MESSAGES.key))["unread"] == 1
    await visitor.open("ravi", MESSAGES.key)


async def test_the_community_is_believable(visitor: Visitor) -> None:
    room = visitor.room.play
    db, maya = room.clock.db, room.stage.actor(MAYA.key)

    found = await db.read(directory.find, maya, "")

    assert len(found) == 12
    assert len({mentor.timezone for mentor in found}) == 12
    assert sum(mentor.rating_count for mentor in found) > 20
    statuses = set()
    for key in room.stage.people | dict.fromkeys(
        ("elena", "noah", "diego", "fatima", "leo", "sam")
    ):
        actor = room.stage.actor(key)
        for session in (
            *await db.read(session_views.list_upcoming, actor),
            *await db.read(session_views.list_past, actor),
        ):
            statuses.add(session.status)
    assert statuses >= set(SessionStatus) - {SessionStatus.IN_PROGRESS, SessionStatus.SCHEDULED}
    soonest = (
        await db.read(slot_queries.open_slots, maya, room.stage.actor(OLIVER.key).user_id)
    ).starts
    assert soonest[0] - room.clock.now() < timedelta(hours=48)
    assert room.stage.env.errors == []


async def test_one_place_shows_at_a_time_under_one_port(visitor: Visitor) -> None:
    first = await visitor.open(MAYA.key, MENTORSHIP.key)
    again = await visitor.open(MAYA.key, MENTORSHIP.key)
    second = await visitor.open(OLIVER.key, MESSAGES.key)

    assert first == again
    assert first.partition("#")[0] == second.partition("#")[0]
    assert first != second
    state = await visitor.look()
    shown = [
        (person["key"], place["key"])
        for person in state["people"]
        for place in person["places"]
        if place["onShow"]
    ]
    assert shown == [(OLIVER.key, MESSAGES.key)]


async def test_a_page_that_was_ended_from_its_own_menu_opens_again(visitor: Visitor) -> None:
    await visitor.open(MAYA.key, MENTORSHIP.key)
    preview = visitor.room.play.stage.env._preview
    assert preview is not None
    await preview.close()

    assert not (await visitor.place(MAYA.key, MENTORSHIP.key))["onShow"]
    await visitor.skip("hour")
    await visitor.open(MAYA.key, MENTORSHIP.key)
    assert (await visitor.place(MAYA.key, MENTORSHIP.key))["onShow"]


async def test_clicks_all_at_once_are_answered_one_after_another(visitor: Visitor) -> None:
    before = visitor.room.play.clock.now()
    await asyncio.gather(
        visitor.open(MAYA.key, MENTORSHIP.key),
        visitor.skip("hour"),
        visitor.open(OLIVER.key, MESSAGES.key),
        visitor.look(),
        visitor.skip("hour"),
        visitor.open(MAYA.key, MESSAGES.key),
    )

    state = await visitor.look()
    assert visitor.room.play.clock.now() == before + timedelta(hours=2)
    assert sum(place["onShow"] for person in state["people"] for place in person["places"]) == 1


async def say_on_page(url: str, text: str) -> tuple[int, dict[str, Any]]:
    """Do on a place's page what its script does when somebody sends a message."""
    address, _, secret = url.partition("#")
    headers = {"X-Simcord-Capability": secret}
    async with aiohttp.ClientSession(address, headers=headers) as http:
        async with http.post("/api/pages", json={}) as answer:
            page = await answer.json()
        act = {
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
        async with http.post("/api/action", json=act, headers=context) as answer:
            return answer.status, await answer.json()


async def test_what_is_done_on_a_page_waits_for_its_turn(visitor: Visitor) -> None:
    url = await visitor.open(MAYA.key, MENTORSHIP.key)
    stage = visitor.room.play.stage
    held = asyncio.Event()

    async def hold() -> None:
        """As long as a skip by a month would."""
        stage.env._begin_operation("a long skip")
        await held.wait()
        stage.env._end_operation()

    holding = asyncio.create_task(stage.alone(hold))
    saying = asyncio.create_task(say_on_page(url, "Hello!"))
    done, _ = await asyncio.wait((saying,), timeout=0.3)
    held.set()
    await holding
    assert not done

    status, receipt = await saying
    assert (status, receipt["settlement"]) == (200, "settled")
    assert stage.mentorship.history()[-1].content == "Hello!"


async def test_a_page_that_is_taken_down_keeps_nobody_waiting(visitor: Visitor) -> None:
    url = await visitor.open(MAYA.key, MENTORSHIP.key)
    held = asyncio.Event()

    async def hold() -> None:
        await held.wait()

    async with asyncio.timeout(10):
        holding = asyncio.create_task(visitor.room.play.stage.alone(hold))
        await asyncio.sleep(0.05)
        elsewhere = asyncio.create_task(visitor.open(OLIVER.key, MESSAGES.key))
        await asyncio.sleep(0.05)
        saying = asyncio.create_task(say_on_page(url, "Too late"))
        await asyncio.sleep(0.05)
        held.set()
        await holding
        await elsewhere
        status, _ = await saying
    assert status == 400


@pytest.mark.parametrize("to", ["", "year", 7, None, ["session"], {"a": 1}])
async def test_an_unreadable_skip_is_a_sentence(visitor: Visitor, to: object) -> None:
    before = visitor.room.play.clock.now()
    status, answer = await visitor.skip(to)

    assert status == 409
    assert answer["error"].endswith(".")
    assert visitor.room.play.clock.now() == before


async def test_whatever_cannot_be_answered_is_a_sentence(visitor: Visitor) -> None:
    http = visitor.http
    async with http.post("/api/skip", data=b"{", headers=_JSON) as answer:
        assert (answer.status, bool((await answer.json())["error"])) == (409, True)
    async with http.get("/api/nothing") as answer:
        assert (answer.status, bool((await answer.json())["error"])) == (404, True)
    async with http.get("/open/nobody/dm") as answer:
        assert answer.status == 404
        assert "Nobody of that name" in await answer.text()
    async with http.get(f"/open/{MAYA.key}/mentor-review") as answer:
        assert answer.status == 404
        assert "Maya can&#x27;t see that place" in await answer.text()
    async with http.get("/static/..%2f__init__.py") as answer:
        assert answer.status == 404


async def test_other_sites_cannot_drive_it(visitor: Visitor) -> None:
    before = visitor.room.play.clock.now()
    http = visitor.http
    async with http.get("/", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
    foreign = {"Origin": "https://evil.example", **_JSON}
    async with http.post("/api/skip", data=b'{"to": "day"}', headers=foreign) as answer:
        assert answer.status == 403
    form = {"Content-Type": "text/plain"}
    async with http.post("/api/skip", data=b'{"to": "day"}', headers=form) as answer:
        assert answer.status == 415
    assert visitor.room.play.clock.now() == before


async def test_the_page_is_self_contained(visitor: Visitor) -> None:
    for name in ("", "static/style.css", "static/page.js", "static/icon.svg"):
        async with visitor.http.get(f"/{name}") as answer:
            assert answer.status == 200
            text = (await answer.text()).replace("http://www.w3.org/2000/svg", "")
            assert "http://" not in text
            assert "https://" not in text
    async with visitor.http.get(f"/portraits/{MAYA.key}.png") as answer:
        assert answer.content_type == "image/png"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals on Windows")
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
async def test_a_signal_ends_it_and_nothing_is_left(number: signal.Signals, tmp_path: Path) -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    with taken:
        port = taken.getsockname()[1]
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mentorbot", "demo", "--no-browser", "--port", str(port)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"TMPDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
            cwd=Path(__file__).parents[2],
        )
        assert program.stdout is not None
        said = ""
        async with asyncio.timeout(60):
            while "Ctrl-C" not in said:
                line = await program.stdout.readline()
                assert line, "the demo ended by itself"
                said += line.decode()
        url = said.partition("The demo is at")[2].split()[0]
        assert f"Port {port} is taken" in said
        assert os.listdir(tmp_path)
        async with aiohttp.ClientSession() as http, http.get(f"{url}open/maya/dm") as answer:
            assert answer.status == 200

        program.send_signal(number)
        async with asyncio.timeout(15):
            out, err = await program.communicate()

    assert program.returncode == 0
    assert err.decode() == ""
    assert "nothing of it is left" in out.decode()
    assert os.listdir(tmp_path) == []
    with pytest.raises(aiohttp.ClientConnectionError):
        async with aiohttp.ClientSession() as http:
            await http.get(url)
