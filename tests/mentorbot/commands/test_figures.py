"""`mentorbot recount` lets the running bot count all figures anew."""

from __future__ import annotations

from pathlib import Path

from mentorship.insights import rebuilding
from tests.conftest import Clock
from tests.mentorbot.support.filled_database import fill
from tests.mentorbot.support.processes import run_mentorbot
from tests.mentorship.insights import recount


async def test_figures_are_counted_anew_by_the_bot(
    sqlite_url: str, clock: Clock, tmp_path: Path
) -> None:
    town = await fill(sqlite_url, clock)
    await recount.keep_figures(town.db)
    before = await town.db.read(recount.load)
    done = run_mentorbot(tmp_path, "recount")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "The bot counts all figures anew while it runs.\n"
    assert await town.db.read(rebuilding.is_clearing)
    await recount.keep_figures(town.db)
    assert await town.db.read(recount.load) == before
    await town.db.close()
