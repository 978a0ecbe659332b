"""Breaks the program on purpose, one thing at a time, and writes what caught it: `make proof`.

Each break is made in a copy of the tree, and the tests that are named beside it run there. A break
that no test notices is said, and ends this with exit code 1.

Pure rules are not here: mutmut breaks every line of them (docs/mutation-tests.md). What is here
takes a database, a crash, a race, or Discord to be noticed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("proof.md")

INTRODUCTION = """\
<!-- Written by `make proof`. Change docs/proof.py, not this page. -->
# What the tests would notice

Tests that pass say little about tests. So each of these promises was broken on purpose, in a
copy of the program, by the change that stands here, and what failed then is named. `make proof`
does it all again and writes this page; a break that nothing notices is an error.

| what was broken | how | what caught it |
| --- | --- | --- |
"""


@dataclass(frozen=True)
class Break:
    """A promise, the change that breaks it in a file, and the tests in which that should show."""

    promise: str
    file: str
    old: str
    new: str
    tests: Sequence[str]


BREAKS = (
    Break(
        "Nobody is in two sessions at once, whatever the code above says",
        "storage/migrations/versions/0001_first_tables.py",
        "WHEN EXISTS ({_OVERLAPPING})",
        "WHEN 0",
        ["tests/storage/test_guards.py"],
    ),
    Break(
        "One session may begin as another ends",
        "storage/migrations/versions/0001_first_tables.py",
        "AND other.ends_at > NEW.starts_at AND",
        "AND other.ends_at >= NEW.starts_at AND",
        ["tests/storage/test_guards.py", "tests/mentorship/sessions/test_booking.py"],
    ),
    Break(
        "A conflict is tried again",
        "storage/database.py",
        "MAX_ATTEMPTS = 8",
        "MAX_ATTEMPTS = 1",
        ["tests/storage/test_database.py", "tests/storage/test_postgresql.py"],
    ),
    Break(
        "On PostgreSQL nobody loses for ever",
        "storage/engines.py",
        "_CONCURRENT_ATTEMPTS = 2",
        "_CONCURRENT_ATTEMPTS = 99",
        ["tests/storage/test_database.py"],
    ),
    Break(
        "On PostgreSQL those who want one slot don't wait for each other",
        "storage/migrations/versions/0009_in_turn.py",
        "(LOCK_FUNCTION, LOCK_TRIGGER, BALANCE_FUNCTION)",
        "(BALANCE_FUNCTION,)",
        ["tests/storage/test_postgresql.py"],
    ),
    Break(
        "On PostgreSQL two transfers don't wait for each other",
        "storage/migrations/versions/0009_in_turn.py",
        "ORDER BY id FOR NO KEY UPDATE",
        "ORDER BY id FOR UPDATE",
        ["tests/storage/test_postgresql.py"],
    ),
    Break(
        "While another program holds the file, people hear so within Discord's time",
        "storage/database.py",
        "BUSY_TIMEOUT_S = 0.25",
        "BUSY_TIMEOUT_S = 5.0",
        ["tests/faults/test_database_fails.py"],
    ),
    Break(
        "While a server takes no writes, people are told to try again",
        "storage/engines.py",
        '"08", "25006", "28"',
        '"08", "28"',
        ["tests/faults/test_database_fails.py"],
    ),
    Break(
        "Nothing is sent before its cause is committed",
        "storage/database.py",
        "                    if transaction.wake_delivery:\n                        await notify",
        "                    self.outbox_changed.set()\n"
        "                    if transaction.wake_delivery:\n                        await notify",
        ["tests/storage/test_database.py"],
    ),
    Break(
        "A notice that one program is sending is left alone by the others",
        "mentorship/delivery/outbox.py",
        '"until": tx.now + LEASE}',
        '"until": tx.now}',
        ["tests/mentorship/notifications/test_outbox.py"],
    ),
    Break(
        "A notice that was sent and not recorded is not read twice",
        "bot/guilds/review_channel.py",
        "        nonce=nonce(notice.key),\n",
        "        nonce=nonce(f'{notice.key}{notice.attempts}'),\n",
        ["tests/crash/test_delivery.py"],
    ),
    Break(
        "Other processes hear of a notice at once",
        "storage/notify.py",
        'f"NOTIFY {_CHANNEL}"',
        '"SELECT 1"',
        ["tests/mentorbot/test_processes.py"],
    ),
    Break(
        "A bot on some shards does not take the servers of others for lost",
        "bot/client.py",
        "return not self.shard_ids or shard in self.shard_ids",
        "return True or shard",
        ["tests/mentorbot/test_processes.py"],
    ),
    Break(
        "A booking that is sent twice is one",
        "mentorship/sessions/booking.py",
        "    if mentee.stored_request is not None:\n",
        "    if mentee.stored_request is not None and not request.key:\n",
        ["tests/mentorship/sessions/test_booking.py"],
    ),
    Break(
        "A call that is sent again under its key is answered as before",
        "mentorship/idempotency.py",
        "        raise KeyTaken from error\n",
        "        raise\n",
        ["tests/api/test_idempotency.py"],
    ),
    Break(
        "What an escrow holds is paid out whole",
        "mentorship/points/ledger.py",
        "(Cause.PAYMENT, earned - share)",
        "(Cause.PAYMENT, earned)",
        ["tests/mentorship/points/test_ledger.py"],
    ),
    Break(
        "Somebody else's session does not exist for others",
        "mentorship/sessions/session_views.py",
        '    ):\n        raise NotFound("session")\n    return session\n',
        "    ):\n        return session\n    return session\n",
        ["tests/api/test_permission_matrix.py"],
    ),
    Break(
        "A token has to be meant for this program",
        "api/auth.py",
        'options={"require": ["exp", "iss", "aud", "sub"]},',
        'options={"require": ["exp", "iss", "sub"], "verify_aud": False},',
        ["tests/api/test_permission_matrix.py"],
    ),
    Break(
        "A token that is over opens nothing",
        "api/auth.py",
        "leeway=LEEWAY,",
        "leeway=10**9,",
        ["tests/api/test_permission_matrix.py"],
    ),
    Break(
        "A custom id that the bot never gave is refused kindly",
        "bot/components/persistent.py",
        "        if self._forged:\n",
        "        if False:\n",
        ["tests/fuzz/test_forged_ids.py"],
    ),
    Break(
        "A person whom Discord can't name for a moment is not gone",
        "bot/guilds/membership.py",
        "return isinstance(error, discord.NotFound) and error.code in gone",
        "return isinstance(error, discord.NotFound) or error.code in gone",
        ["tests/journeys/sessions/test_departures.py"],
    ),
    Break(
        "The same proposal made twice is one",
        "mentorship/sessions/rescheduling.py",
        "(waiting.by, waiting.starts_at) == (actor.user_id, starts_at):",
        "(waiting.by, waiting.starts_at) == (actor.user_id, None):",
        ["tests/mentorship/sessions/test_rescheduling.py"],
    ),
    Break(
        "Mentors stand in the same order after a move",
        "storage/data_migration.py",
        "        await _copy_rating_priors(old, new)\n",
        "",
        ["tests/storage/test_data_migration.py"],
    ),
    Break(
        "What did not arrive whole has not moved at all",
        "storage/data_migration.py",
        "    if digest != expected:",
        "    if False:",
        ["tests/storage/test_data_migration.py"],
    ),
    Break(
        "Whoever is forgotten leaves no trace",
        "mentorship/operations/erasure.py",
        "delete(Notification).where(of_notices)",
        "delete(Notification).where(of_notices, Notification.id < 0)",
        ["tests/mentorship/operations/test_privacy.py"],
    ),
    Break(
        "What people ask for is found by an index, and not by looking at everything",
        "mentorship/points/ledger.py",
        """    literal_column("accounts.kind IN ('fees', 'issuance')"),
""",
        "",
        ["tests/mentorship/operations/test_query_plans.py"],
    ),
)


def broken(found: Break, folder: Path) -> None:
    """Copy what git knows into `folder`, with the break in it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    file = folder / found.file
    file.write_text(file.read_text("utf-8").replace(found.old, found.new), "utf-8")


def caught(found: Break) -> str | None:
    """The first test that fails with the break, None if all pass."""
    with tempfile.TemporaryDirectory() as name:
        broken(found, Path(name))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not long", *found.tests],
            cwd=name,
            capture_output=True,
            text=True,
            check=False,
        )
    failed = re.search(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*)?(?: - .*)?$", done.stdout, re.MULTILINE)
    if failed is None and done.returncode != 0:
        sys.exit(f"The tests of “{found.promise}” could not run:\n{done.stdout}{done.stderr}")
    return failed[1] if failed is not None else None


def line(found: Break, by: str) -> str:
    """The page's row."""
    file, _, test = by.partition("::")
    how = f"`{_short(found.old)}` → `{_short(found.new)}`" if found.new else "left out"
    return f"| {found.promise} | [{found.file}](../{found.file}): {how} | [{test}](../{file}) |\n"


def _short(code: str) -> str:
    squeezed = " ".join(code.split()).replace("|", "\\|")
    return squeezed if len(squeezed) <= 60 else f"{squeezed[:59]}…"


def main() -> None:
    """Do all of it; with words, those breaks alone whose promises have them, and no page."""
    wanted = [each for each in BREAKS if all(word in each.promise for word in sys.argv[1:])]
    rows, unseen = [], []
    for number, found in enumerate(wanted, 1):
        print(f"{number}/{len(wanted)} {found.promise} ... ", end="", flush=True)
        by = caught(found)
        print(by or "NOT NOTICED", flush=True)
        if by is None:
            unseen.append(found.promise)
        else:
            rows.append(line(found, by))
    if unseen:
        sys.exit(f"Nothing notices: {'; '.join(unseen)}.")
    if len(sys.argv) == 1:
        PAGE.write_text(INTRODUCTION + "".join(rows), "utf-8")


if __name__ == "__main__":
    main()
