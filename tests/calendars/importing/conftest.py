"""A guild with a mentor, and a server with the mentor's calendar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from integrations.calendars.ics_fetcher import IcsFetcher
from integrations.calendars.ics_worker import IcsWorker
from integrations.calendars.importing import CalendarImporter
from integrations.egress import Egress
from mentorship.actors import Actor
from mentorship.calendars import external_calendars
from mentorship.calendars.external_calendars import ExternalCalendarView
from storage import Database, Transaction
from storage.tables import ExternalBusy, ExternalCalendar
from tests.calendars.ics_files import calendar
from tests.conftest import CIPHER, Clock
from tests.integrations.receivers import Receiver, receiver
from tests.mentorship.support.community import Community


@dataclass
class CalendarServer:
    """Serves one ICS file, with an ETag of its content. `status` replaces the answer's.

    With `hangs`, it doesn't answer.
    """

    content: bytes = field(default_factory=calendar)
    status: str = "200 OK"
    headers: str = ""
    hangs: bool = False
    state: Receiver = field(default_factory=Receiver)

    async def answer(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        etag = f'"{hash(self.content)}"'
        status, body = self.status, self.content
        if status == "200 OK" and f"if-none-match: {etag}".encode() in request.lower():
            status, body = "304 Not Modified", b""
        head = f"HTTP/1.1 {status}\r\nETag: {etag}\r\n{self.headers}"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.state.port}/oliver/basic.ics"

    @property
    def requests(self) -> list[bytes]:
        return self.state.requests


@dataclass
class Importing:
    """A mentor's calendar at a server, and the importer that reads it."""

    town: Community
    mentor: Actor
    server: CalendarServer
    importer: CalendarImporter
    worker: IcsWorker

    async def add(self, label: str = "Work", path: str = "") -> ExternalCalendarView:
        address = self.server.address + path
        return await self.town.db.run(
            external_calendars.add_ics, self.mentor, label, address, allow_private=True
        )

    async def view(self) -> ExternalCalendarView:
        (view,) = await self.town.db.read(external_calendars.list_own, self.mentor)
        return view

    async def busy(self) -> list[tuple[datetime, datetime]]:
        rows = await self.rows(ExternalBusy)
        return [(row.starts_at, row.ends_at) for row in rows]

    async def rows(self, table: Any = ExternalCalendar) -> list[Any]:
        async def query_rows(tx: Transaction) -> list[Any]:
            return list((await tx.connection.execute(select(table).order_by(table.id))).all())

        return await self.town.db.read(query_rows)


@pytest.fixture
async def db(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    database = Database(database_url, clock=clock, synchronous="OFF", cipher=CIPHER)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def town(db: Database, clock: Clock) -> Community:
    town = Community(db, clock)
    await town.configure()
    return town


@pytest.fixture(scope="session")
def ics_worker() -> Iterator[IcsWorker]:
    worker = IcsWorker()
    yield worker
    worker.close()


@pytest.fixture
async def importing(town: Community, ics_worker: IcsWorker) -> AsyncIterator[Importing]:
    server = CalendarServer()
    async with receiver(server.answer) as server.state, Egress(allow_private=True) as egress:
        importer = CalendarImporter(town.db, {"ics": IcsFetcher(egress)}, ics_worker)
        mentor = await town.mentor("Oliver", zone="Europe/Berlin")
        yield Importing(town, mentor, server, importer, ics_worker)
