"""PostgreSQL reads few rows for a use case, however many the tables have."""

from __future__ import annotations

import pytest

from storage import Database
from tests.scale.calls import CALLS
from tests.scale.community import fill_postgresql
from tests.scale.layout import NOW, Size
from tests.scale.offenders import PLAN_OFFENDERS
from tests.scale.plans import PlanReader
from tests.scale.scene import prepare
from tests.scale.test_steps import name_of
from tests.storage.postgresql import PostgresServer


@pytest.mark.long
async def test_no_statement_reads_what_a_crowd_has(server: PostgresServer) -> None:
    server.create("crowd")
    await fill_postgresql(server.url("crowd"), Size.TENTH)
    db = Database(server.url("crowd"), clock=lambda: NOW)
    scenes = await prepare(db, crowded=True)
    reader = PlanReader()
    excesses: dict[str, list[str]] = {}
    for use_case, calls in CALLS.items():
        for scene in scenes:
            for number, arguments in enumerate(calls(scene)):
                for excess in await reader.excesses(db, use_case, arguments):
                    line = (
                        f"{name_of(use_case)}, call {number}: {excess.reason} in {excess.statement}"
                    )
                    excesses.setdefault(name_of(use_case), []).append(line)
    await db.close()
    server.drop("crowd")
    unexpected = [
        line for name, lines in excesses.items() if name not in PLAN_OFFENDERS for line in lines
    ]
    assert unexpected == [], "\n" + "\n".join(unexpected)
    assert sorted(set(PLAN_OFFENDERS) - set(excesses)) == [], "these read few rows now"
