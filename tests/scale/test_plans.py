"""PostgreSQL reads few rows for a use case, regardless of the size of the tables."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from storage import Database
from tests.scale.calls.every_use_case import CALLS
from tests.scale.community import postgresql_community
from tests.scale.layout import NOW, Size
from tests.scale.offenders import PLAN_OFFENDERS
from tests.scale.plans import PlanReader
from tests.scale.scene import prepare
from tests.scale.test_steps import BOUNDS, name_of
from tests.storage.on_postgresql import server as postgresql
from tests.storage.on_postgresql.server import PostgresServer


@pytest.fixture
def big_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server with a community that has a crowd."""
    programs = postgresql.find_programs()
    if programs is None or importlib.util.find_spec("asyncpg") is None:
        pytest.skip(postgresql.INSTALL_HINT)
    with postgresql_community(programs, Size.TENTH) as server:
        yield server


@pytest.mark.long
async def test_no_statement_reads_rows_of_the_crowd(big_server: PostgresServer) -> None:
    db = Database(big_server.url("community"), clock=lambda: NOW)
    scenes = await prepare(db, crowded=True)
    reader = PlanReader()
    excesses: dict[str, list[str]] = {}
    for use_case, calls in CALLS.items():
        for scene in scenes:
            for number, arguments in enumerate(calls(scene)):
                for excess in await reader.excesses(db, use_case, arguments):
                    if name_of(use_case) in BOUNDS and excess.reason.startswith("Index"):
                        continue  # It reads the first rows in the order of an index, up to a limit.
                    line = (
                        f"{name_of(use_case)}, call {number}: {excess.reason} in {excess.statement}"
                    )
                    excesses.setdefault(name_of(use_case), []).append(line)
    await db.close()
    unexpected = [
        line for name, lines in excesses.items() if name not in PLAN_OFFENDERS for line in lines
    ]
    assert unexpected == [], "\n" + "\n".join(unexpected)
    assert sorted(set(PLAN_OFFENDERS) - set(excesses)) == [], "these read few rows now"
