"""Write the export of a person's data to files, page by page, so that its size doesn't matter.

Each page is read in a transaction of its own. Encoding and compressing it happens in a thread,
since either would keep the event loop from answering anybody else.
"""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from io import BufferedIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from mentorship.actors import Actor
from mentorship.operations import data_export
from storage import Database

MAX_IN_MEMORY = 1024 * 1024
"""Bytes of an archive that are kept in memory; a larger one is a temporary file."""

MARGIN = 0.25
"""The part of an archive's greatest size that one more page may take, compressed."""

ENTRY_NAME = "mentorbot-my-data.json"


class JsonExport:
    """A JSON object with a list of rows for each table, written as its pages come in.

    `write` gets UTF-8.
    """

    def __init__(self, write: Callable[[bytes], object], actor: Actor, exported_at: str) -> None:
        self._write = write
        self._table: str | None = None
        self._is_first_row = True
        self._put(f'{{\n  "guild_id": "{actor.guild}",\n  "user_id": "{actor.user_id}",\n')
        self._put(f'  "exported_at": "{exported_at}"')

    def add(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Add rows of a table, which begins a new list unless it is the table of the last call."""
        if table != self._table:
            self._end_table()
            self._put(f',\n  "{table}": [')
            self._table, self._is_first_row = table, True
        lines = []
        for row in rows:
            comma = "" if self._is_first_row else ","
            lines.append(f"{comma}\n    {json.dumps(row, ensure_ascii=False)}")
            self._is_first_row = False
        self._put("".join(lines))

    def end(self) -> None:
        """End the object."""
        self._end_table()
        self._put("\n}")

    def _end_table(self) -> None:
        if self._table is not None:
            self._put("]" if self._is_first_row else "\n  ]")

    def _put(self, text: str) -> None:
        # Names may hold lone surrogates, which UTF-8 can't.
        self._write(text.encode(errors="replace"))


async def write_json(database: Database, actor: Actor, write: Callable[[bytes], object]) -> None:
    """Write all data about the actor in their guild as one JSON object."""
    export = JsonExport(write, actor, _now(database))
    for table in data_export.TABLES:
        async for rows in _pages(database, actor, table):
            await asyncio.to_thread(export.add, table, rows)
    export.end()


@asynccontextmanager
async def archives(
    database: Database, actor: Actor, max_bytes: int
) -> AsyncIterator[Sequence[BufferedIOBase]]:
    """Write all data about the actor in their guild to ZIP archives, each with one JSON file.

    A new archive begins when another page might make the current one larger than `max_bytes`. The
    files are at their beginning, and deleted with the end of the context.
    """
    written: list[_Archive] = []
    with ExitStack() as files:

        def begin() -> None:
            # Closed by the stack, and with the file the rest of it.
            file = files.enter_context(SpooledTemporaryFile(MAX_IN_MEMORY))
            written.append(_Archive(cast("BufferedIOBase", file), actor, _now(database)))

        begin()
        for table in data_export.TABLES:
            async for rows in _pages(database, actor, table):
                size = await asyncio.to_thread(written[-1].add, table, rows)
                if size > max_bytes * (1 - MARGIN):
                    await asyncio.to_thread(written[-1].end)
                    begin()
        await asyncio.to_thread(written[-1].end)
        yield [archive.file for archive in written]


async def _pages(
    database: Database, actor: Actor, table: str
) -> AsyncIterator[list[dict[str, Any]]]:
    after: data_export.Cursor | None = None
    while True:
        page = await database.read(data_export.load_page, actor, table, after)
        yield page.rows
        if page.next is None:
            return
        after = page.next


class _Archive:
    """A ZIP archive with one export."""

    def __init__(self, file: BufferedIOBase, actor: Actor, exported_at: str) -> None:
        self.file = file
        self._zip = zipfile.ZipFile(cast("IO[bytes]", file), "w", zipfile.ZIP_DEFLATED)
        self._entry = self._zip.open(ENTRY_NAME, "w", force_zip64=True)
        self._export = JsonExport(self._entry.write, actor, exported_at)

    def add(self, table: str, rows: Sequence[dict[str, Any]]) -> int:
        """Add rows, and return the archive's size in bytes so far."""
        self._export.add(table, rows)
        return self.file.tell()

    def end(self) -> None:
        """Complete the archive and go back to its beginning."""
        self._export.end()
        self._entry.close()
        self._zip.close()
        self.file.seek(0)


def _now(database: Database) -> str:
    return database.now().isoformat(timespec="seconds").replace("+00:00", "Z")
