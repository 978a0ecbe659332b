"""A program that is killed while it makes, moves or removes a meeting loses and doubles none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.session_views import SessionView
from storage import Database
from tests.conftest import Clock
from tests.integrations.meetings.place import Place, meeting_at
from tests.integrations.meetings.standins import DailyStandIn, ZoomStandIn
from tests.integrations.meetings.test_worker import LATER
from tests.mentorbot.support.processes import Script, run_script
from tests.mentorship.support.community import Community

SCRIPT = Path(__file__).parent / "programs" / "meeting_worker.py"

REQUESTS = {
    "zoom": ("POST /oauth", "POST /v2/users", "PATCH /v2/meetings", "DELETE /v2/meetings"),
    "daily": ("POST /v1/rooms", "POST /v1/rooms/", "DELETE /v1/rooms"),
}
"""What the provider is asked for when a meeting is made, moved and removed."""

KILLS = [
    pytest.param(
        *(provider, request, is_carried_out),
        # An answer that is lost is the harder case.
        marks=() if is_carried_out else pytest.mark.long,
    )
    for provider, requests in REQUESTS.items()
    for request in requests
    for is_carried_out in (False, True)
]


@pytest.mark.parametrize(("provider", "request_line", "is_carried_out"), KILLS)
async def test_worker_killed_at_a_request_loses_and_doubles_no_meeting(
    database_url: str, clock: Clock, provider: str, request_line: str, is_carried_out: bool
) -> None:
    db = Database(database_url, clock=clock)
    await db.open()
    server = ZoomStandIn() if provider == "zoom" else DailyStandIn()
    async with meeting_at(Community(db, clock), server) as place:
        killer = Killer(place, database_url, request_line, is_carried_out)
        session = await place.agree()
        await killer.run()
        [row] = await place.rows()
        assert [key for key, *_ in place.existing()] == [row.room_key]
        assert await place.link(session) == row.join_url
        await move(place, session)
        await killer.run()
        [row] = await place.rows()
        assert [key for key, *_ in place.existing()] == [row.room_key]
        assert (row.starts_at, row.next_at) == (LATER, None)
        assert await place.link(session) == row.join_url
        await db.run(transitions.cancel, place.mentee, session.id)
        await killer.run()
        assert place.existing() == []
        assert await place.rows() == []
        assert killer.kills == 1
        assert server.created == 1
    await db.close()


async def move(place: Place, session: SessionView) -> None:
    await place.town.db.run(rescheduling.propose, place.mentee, session.id, LATER)
    await place.town.db.run(rescheduling.accept, place.mentor, session.id)


class Killer:
    """Runs workers, and kills the one that makes a certain request, once."""

    def __init__(self, place: Place, url: str, line: str, is_carried_out: bool) -> None:
        self.place, self.url = place, url
        self.line, self.is_carried_out = line, is_carried_out
        self.kills = 0
        self.worker: Script | None = None
        place.server.on_request = self._on_request

    async def run(self) -> None:
        """Run a worker until it is done, and another one after its lease if it was killed."""
        while not await self._run_once():
            self.place.town.clock.turn(minutes=4)

    async def _run_once(self) -> bool:
        now = self.place.town.clock.now.isoformat()
        arguments = (self.url, now, self.place.provider, self.place.server.port)
        async with run_script(SCRIPT, *arguments) as worker:
            self.worker = worker
            async with asyncio.timeout(60):
                return await worker.stdout.readline() == b"done\n"

    async def _on_request(self, line: str, is_carried_out: bool) -> None:
        is_it = line.startswith(self.line) and is_carried_out is self.is_carried_out
        if is_it and not self.kills:
            self.kills += 1
            assert self.worker is not None
            self.worker.kill()
            # No answer leaves before the process is dead.
            await asyncio.sleep(0.05)
