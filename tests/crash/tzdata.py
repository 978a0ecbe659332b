"""A tz database with changed rules, as the next version might bring them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytz

COMPARER = Path(__file__).parent / "programs" / "wall_time_comparer.py"


def changed_database(folder: Path, version: str, **zones: str) -> Path:
    """Copy pytz's database into `folder` as another version, and replace the rules of some zones.

    `zones` has for the end of a zone's name, such as `London`, another zone whose rules it gets.
    """
    copy = folder / f"zoneinfo-{version}"
    shutil.copytree(Path(pytz.__file__).with_name("zoneinfo"), copy)
    for city, other in zones.items():
        (target,) = copy.glob(f"[A-Z]*/{city}")
        shutil.copyfile(copy / other, target)
    (copy / "tzdata.zi").write_text(f"# version {version}\n", "ascii")
    return copy


@asynccontextmanager
async def comparer(
    database_url: str, now: datetime, tzdata: Path | None, limit: int = 100
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the program that compares sessions, with another tz database; kill it at the end."""
    environment = dict(os.environ) | ({} if tzdata is None else {"PYTZ_TZDATADIR": str(tzdata)})
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(COMPARER), database_url, now.isoformat(), str(limit)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def compare_all(
    database_url: str, now: datetime, tzdata: Path | None, limit: int = 100
) -> list[str]:
    """Let a process with another tz database compare all sessions. Returns what it prints."""
    async with comparer(database_url, now, tzdata, limit) as process, asyncio.timeout(120):
        output, _ = await process.communicate(b"\n" * 1_000)
        assert process.returncode == 0
        return output.decode().split()
