"""Fixtures: an account at each of the two servers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest

from integrations.calendars.ics_worker import IcsWorker
from integrations.egress import Egress
from storage import Database
from tests.calendars.caldav import servers
from tests.calendars.caldav.people import People
from tests.calendars.caldav.servers import Account, CalDavServer, Calendar
from tests.conftest import CIPHER, Clock
from tests.mentorship.support.community import Community

_numbers = count(1)


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with servers.radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="session")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with servers.xandikos(tmp_path_factory.mktemp("xandikos")) as server:
        yield server


@pytest.fixture(params=["radicale", "xandikos"])
def account(request: pytest.FixtureRequest) -> Account:
    """An account at either server. All tests with Xandikos share one."""
    server: CalDavServer = request.getfixturevalue(request.param)
    return server.new_user() if request.param == "radicale" else server.add_user("user")


@pytest.fixture
def calendar(account: Account) -> Calendar:
    return account.make_calendar(f"work{next(_numbers)}")


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress(allow_private=True) as egress:
        yield egress


@pytest.fixture
async def db(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """A database with the test's clock, which doesn't have to survive a loss of power."""
    database = Database(database_url, clock=clock, synchronous="OFF", cipher=CIPHER)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def town(db: Database, clock: Clock) -> Community:
    """A guild in which members can apply."""
    town = Community(db, clock)
    await town.configure()
    return town


@pytest.fixture(scope="session")
def ics_worker() -> Iterator[IcsWorker]:
    worker = IcsWorker()
    yield worker
    worker.close()


@pytest.fixture
async def people(
    town: Community, egress: Egress, calendar: Calendar, ics_worker: IcsWorker
) -> People:
    """A mentor and a mentee, whose next events are followed."""
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=1_000)
    people = People(town, egress, oliver, maya, calendar, ics_worker)
    await people.follow()
    return people
