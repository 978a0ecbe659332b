"""Dump a PostgreSQL database with pg_dump and prove that the dump is complete.

`pg_dump` writes its own format, which can be restored selectively. The proof is that `pg_restore`
can read every row of the dump again, and that these are the rows of the dumped snapshot.
"""

from __future__ import annotations

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines, tables
from storage.engines import connect, unavailable_error
from storage.migrations import stored_revision
from storage.operations.backups import BackupFailed, Contents
from storage.operations.partial_files import PartialFile
from storage.transactions import Transaction, utc_now

T = TypeVar("T")

_TOTALS: Mapping[str, str] = {"accounts": "balance", "transfers": "amount"}
"""Columns of points, by table. Their sums are compared, so that no row can stand for another."""

_LINE_LIMIT = 1 << 24
"""The longest row of a dump that can be read, in bytes."""

_COPY = re.compile(rb'COPY (?:"?\w+"?\.)?"?(?P<table>\w+)"? \((?P<columns>.*)\) FROM stdin;')


@dataclass(frozen=True, slots=True)
class DumpedContents:
    """The contents of a database, and the sums of points by table."""

    contents: Contents
    totals: Mapping[str, int]


async def dump(
    url: str, part: PartialFile, check: Callable[[Contents, Transaction], Awaitable[T]]
) -> tuple[Contents, T]:
    """Dump the database at `url` into a file, and verify the dump.

    `check` is called before with what the database contains, and a read-only transaction in the
    snapshot that is dumped. Returns the contents and what `check` returns. Raises what it raises,
    `BackupFailed`, `DatabaseUnavailable` and `TransactionPooling`.
    """
    async with _snapshot(url) as connection:
        expected = await _read_contents(connection)
        result = await check(expected.contents, Transaction(connection, utc_now()))
        snapshot = await connection.scalar(text("SELECT pg_export_snapshot()"))
        options = ["--format=custom", f"--file={part.path}", "--no-password"]
        options.append(f"--snapshot={snapshot}")
        environment = _environment(connection)
        # If the server is gone, that is what is raised: the end of the transaction notices it.
        async with _process("pg_dump", options, environment, DEVNULL, part.lock) as process:
            await _finish("pg_dump", process)
    dumped = await _read_dump(part)
    expected.contents.require_equal(dumped.contents, f"The backup of {engines.shown_url(url)}")
    if dumped.totals != expected.totals:
        raise BackupFailed(
            f"The backup of {engines.shown_url(url)} is incomplete: its points differ."
        )
    return expected.contents, result


@asynccontextmanager
async def _snapshot(url: str) -> AsyncIterator[AsyncConnection]:
    """Open a read-only transaction that sees the database as it is now."""
    engine = engines.create_postgresql_engine(url, "REPEATABLE READ", read_only=True)
    try:
        await engines.refuse_transaction_pooling(engine)
        async with connect(engine) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        raise unavailable_error(engine, error) from error
    finally:
        await engine.dispose()


async def _read_contents(connection: AsyncConnection) -> DumpedContents:
    present = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    rows, totals = {}, {}
    for name, table in tables.Table.metadata.tables.items():
        if name not in present:
            continue
        rows[name] = await connection.scalar(select(func.count()).select_from(table)) or 0
        if column := _TOTALS.get(name):
            totals[name] = int(await connection.scalar(select(func.sum(table.c[column]))) or 0)
    return DumpedContents(Contents(await connection.run_sync(stored_revision), rows), totals)


async def _read_dump(part: PartialFile) -> DumpedContents:
    """Read all rows of a dump with pg_restore, and count them."""
    arguments = ["--data-only", "--file=-", str(part.path)]
    async with _process("pg_restore", arguments, os.environ, PIPE) as process:
        assert process.stdout is not None
        counted = await _count(process.stdout)
        await _finish("pg_restore", process)
    return counted


async def _count(output: asyncio.StreamReader) -> DumpedContents:
    """Count the rows of an SQL script with COPY blocks, as pg_restore writes it."""
    known = tables.Table.metadata.tables
    rows = dict.fromkeys(known, 0)
    totals: dict[str, int] = {}
    revision = None
    async for line in output:
        header = _COPY.fullmatch(line.rstrip(b"\n"))
        if header is None:
            continue
        name = header["table"].decode()
        columns = [column.strip(b' "').decode() for column in header["columns"].split(b",")]
        summed = columns.index(_TOTALS[name]) if name in _TOTALS else None
        count = total = 0
        async for row in output:
            if row == b"\\.\n":
                break
            count += 1
            if summed is not None:
                total += int(row.rstrip(b"\n").split(b"\t")[summed])
            if name == "alembic_version":
                revision = row.decode().strip()
        if name in known:
            rows[name] = count
        if summed is not None:
            totals[name] = total
    return DumpedContents(Contents(revision, rows), totals)


@asynccontextmanager
async def _process(
    program: str,
    arguments: list[str],
    environment: Mapping[str, str],
    output: int,
    *inherited: int,
) -> AsyncIterator[Process]:
    """Start one of PostgreSQL's programs. It is killed at the end, if it is still running."""
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            env=environment,
            stdin=DEVNULL,
            stdout=output,
            stderr=PIPE,
            # It keeps the lock of the file that it writes, even if this process is killed.
            pass_fds=inherited,
            limit=_LINE_LIMIT,
        )
    except FileNotFoundError as error:
        raise BackupFailed(
            f"{program} isn't installed. Install PostgreSQL's client programs, of the server's "
            "version or newer (on Debian: postgresql-client)."
        ) from error
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _finish(program: str, process: Process) -> None:
    """Wait until a program ends. Raises `BackupFailed` with its first complaint if it fails."""
    assert process.stderr is not None
    complaints = (await process.stderr.read()).decode(errors="replace").splitlines()
    if await process.wait() != 0:
        reason = next((line for line in complaints if "error" in line), "".join(complaints[:1]))
        reason = reason.removeprefix(f"{program}: ").removeprefix("error: ").rstrip(".")
        raise BackupFailed(f"{program} failed: {reason or process.returncode}.")


def _environment(connection: AsyncConnection) -> dict[str, str]:
    """Return the environment in which libpq connects to the same database.

    A password must not be an argument, which everyone on the machine can read.
    """
    url = connection.engine.url
    _, options = connection.dialect.create_connect_args(url)
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "database": "PGDATABASE",
        "ssl": "PGSSLMODE",
    }
    environment = dict(os.environ)
    for option, name in names.items():
        value = options.get(option)
        if value not in (None, ""):
            many = value if isinstance(value, list | tuple) else [value]
            environment[name] = ",".join(map(str, many))
    return environment
