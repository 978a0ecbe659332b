"""Fixtures: an account at each of the two servers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest

from integrations.egress import Egress
from tests.calendars.caldav import servers
from tests.calendars.caldav.servers import Account, CalDavServer, Calendar

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
    return server.add_user(f"user{next(_numbers)}" if request.param == "radicale" else "user")


@pytest.fixture
def calendar(account: Account) -> Calendar:
    return account.make_calendar(f"work{next(_numbers)}")


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress(allow_private=True) as egress:
        yield egress
