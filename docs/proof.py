"""`make proof`: breaks the program on purpose, and writes which tests catch it.

Each break is applied to a copy of the source tree, in which the tests named for it are run. If no
test fails, the exit code is 1.
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
# What the tests catch

Passing tests alone don't show that the tests are any good. So `make proof` breaks each of these
promises in a copy of the program, runs the tests, and writes down which test fails. It is an error
if none does.

| promise | change that breaks it | test that fails |
| --- | --- | --- |
"""


@dataclass(frozen=True)
class Break:
    """A promise, a change of a file that breaks it, and the tests that should fail then."""

    promise: str
    file: str
    old: str
    new: str
    tests: Sequence[str]


BREAKS = (
    Break(
        "The database refuses overlapping sessions of one person",
        "storage/migrations/versions/0001_first_tables.py",
        "WHEN EXISTS ({_OVERLAPPING})",
        "WHEN 0",
        ["tests/storage/test_guards.py"],
    ),
    Break(
        "One session may start when another ends",
        "storage/migrations/versions/0001_first_tables.py",
        "AND other.ends_at > NEW.starts_at AND",
        "AND other.ends_at >= NEW.starts_at AND",
        ["tests/storage/test_guards.py", "tests/mentorship/sessions/test_booking.py"],
    ),
    Break(
        "A write is retried while another program holds the lock of a SQLite file",
        "storage/sqlite/backend.py",
        "MAX_ATTEMPTS = 8",
        "MAX_ATTEMPTS = 1",
        ["tests/storage/test_database.py"],
    ),
    Break(
        "On PostgreSQL, a transaction with a conflict is retried",
        "storage/postgresql/retries.py",
        "attempt < MAX_ATTEMPTS or (is_serialization and seconds < RETRY_FOR_S)",
        "False",
        ["tests/storage/test_database.py"],
    ),
    Break(
        "On PostgreSQL, no transaction is starved by conflicts",
        "storage/postgresql/retries.py",
        "CONCURRENT_ATTEMPTS = 2",
        "CONCURRENT_ATTEMPTS = 99",
        ["tests/storage/test_database.py"],
    ),
    Break(
        "On PostgreSQL, bookings of one slot don't deadlock",
        "storage/migrations/versions/0009_in_turn.py",
        "(LOCK_FUNCTION, LOCK_TRIGGER, BALANCE_FUNCTION)",
        "(BALANCE_FUNCTION,)",
        ["tests/storage/on_postgresql/test_postgresql.py"],
    ),
    Break(
        "On PostgreSQL, concurrent transfers don't deadlock",
        "storage/migrations/versions/0009_in_turn.py",
        "ORDER BY id FOR NO KEY UPDATE",
        "ORDER BY id FOR UPDATE",
        ["tests/storage/on_postgresql/test_postgresql.py"],
    ),
    Break(
        "While another program locks the file, people get an answer within Discord's 3 seconds",
        "storage/sqlite/backend.py",
        "BUSY_TIMEOUT_S = 0.25",
        "BUSY_TIMEOUT_S = 5.0",
        ["tests/faults/test_database_fails.py"],
    ),
    Break(
        "While the server is read-only, people are asked to try again",
        "storage/error_classes.py",
        '"25006",  # read_only_sql_transaction',
        '"25999",  # read_only_sql_transaction',
        ["tests/faults/test_database_fails.py"],
    ),
    Break(
        "A row that can't be processed undoes only its own writes",
        "storage/transactions.py",
        "async with self.connection.begin_nested():\n                yield",
        "yield",
        ["tests/storage/test_faults.py"],
    ),
    Break(
        "A lost database isn't mistaken for an unreadable row",
        "mentorship/faults.py",
        "    if not concerns_row(error):\n        raise error\n",
        "",
        ["tests/storage/test_faults.py"],
    ),
    Break(
        "A session that can't be advanced is retried at growing intervals",
        "mentorship/sessions/transitions.py",
        '~faults.awaits_retry(FaultKind.TRANSITION, Session.id.expression, bindparam("now")),',
        "",
        ["tests/mentorship/test_unreadable_rows.py"],
    ),
    Break(
        "A mentor in an unknown time zone isn't booked at times that they never chose",
        "mentorship/availability/mentor_calendar.py",
        "return Schedule(timezones.FALLBACK)",
        "pass",
        ["tests/mentorship/test_unreadable_rows.py"],
    ),
    Break(
        "A suspension leaves sessions alone that are booked after a reinstatement",
        "mentorship/sessions/departures.py",
        'Participant.session_id + 0 <= bindparam("until"),',
        "",
        ["tests/mentorship/sessions/test_session_endings.py"],
    ),
    Break(
        "Nobody gets an answer before the commit that their transaction shares",
        "storage/sqlite/group_commit.py",
        "        outcome = await self._run(connection, job)\n        if isinstance(",
        "        outcome = await self._run(connection, job)\n"
        "        if not isinstance(outcome, _Failure):\n"
        "            job.result.set_result(outcome)\n"
        "            job.result = Future()\n"
        "        if isinstance(",
        ["tests/crash/test_activity.py"],
    ),
    Break(
        "A transaction that fails leaves nothing in the commit of the others",
        "storage/sqlite/group_commit.py",
        """            await connection.exec_driver_sql("ROLLBACK TO job")
""",
        "            pass\n",
        ["tests/crash/test_activity.py"],
    ),
    Break(
        "A notification is only sent once its cause is committed",
        "storage/database.py",
        "            if transaction.wake_delivery:\n                await self._backend",
        "            self.outbox_changed.set()\n"
        "            if transaction.wake_delivery:\n                await self._backend",
        ["tests/storage/test_database.py"],
    ),
    Break(
        "A transaction whose COMMIT gets no answer is looked up",
        "storage/postgresql/commits.py",
        "if identity.number is None or not _leaves_outcome_open(error):",
        "if True:",
        ["tests/storage/on_postgresql/test_commits.py"],
    ),
    Break(
        "Nobody is told that nothing was changed when something may have been",
        "bot/errors.py",
        "if isinstance(error, OutcomeUnknown) or telemetry.has_acted(interaction):",
        "if False:",
        ["tests/faults/test_database_fails.py"],
    ),
    Break(
        "What follows a commit on SQLite is done for a cancelled caller, too",
        "storage/sqlite/group_commit.py",
        "committed(job.result.result())",
        "pass",
        ["tests/storage/test_database.py"],
    ),
    Break(
        "What follows a commit on PostgreSQL is done for a cancelled caller, too",
        "storage/postgresql/backend.py",
        "is_cancelled = await wait_for_end(committing)",
        "is_cancelled = False\n            await committing",
        ["tests/storage/on_postgresql/test_commits.py"],
    ),
    Break(
        "A notification is sent by one process at a time",
        "mentorship/delivery/outbox.py",
        '"until": self.tx.now + LEASE}',
        '"until": self.tx.now}',
        ["tests/mentorship/notifications/test_outbox.py"],
    ),
    Break(
        "A notification that was sent but not recorded isn't shown twice",
        "bot/guilds/review_channel.py",
        "        nonce=nonce(notification.key),\n",
        "        nonce=nonce(f'{notification.key}{notification.attempts}'),\n",
        ["tests/crash/test_delivery.py"],
    ),
    Break(
        "Other processes are signalled about new notifications",
        "storage/postgresql/notify.py",
        'f"NOTIFY {_CHANNEL}"',
        '"SELECT 1"',
        ["tests/mentorbot/test_processes.py"],
    ),
    Break(
        "A bot doesn't mark the servers of other shards as left",
        "bot/client.py",
        "return not self.shard_ids or shard in self.shard_ids",
        "return True or shard",
        ["tests/mentorbot/test_processes.py"],
    ),
    Break(
        "A booking submitted twice is one booking",
        "mentorship/sessions/booking.py",
        "    if context.stored_request is not None:\n",
        "    if context.stored_request is not None and not request.key:\n",
        ["tests/mentorship/sessions/test_booking.py"],
    ),
    Break(
        "A call repeated with its idempotency key gets the same response",
        "mentorship/idempotency.py",
        "        raise KeyTaken from error\n",
        "        raise\n",
        ["tests/api/http/test_idempotency.py"],
    ),
    Break(
        "An escrow account is paid out completely",
        "mentorship/points/ledger.py",
        "(Cause.PAYMENT, payment)",
        "(Cause.PAYMENT, rest)",
        ["tests/mentorship/points/test_ledger.py"],
    ),
    Break(
        "A session is only visible to its participants",
        "mentorship/sessions/session_views.py",
        "    ):\n        raise NotFound(Subject.SESSION)\n    return session\n",
        "    ):\n        return session\n    return session\n",
        ["tests/api/test_permission_matrix.py"],
    ),
    Break(
        "A token for another audience is refused",
        "api/auth.py",
        "if audience not in (value if isinstance(value, list) else [value]):",
        "if audience is None:",
        ["tests/api/http/test_tokens.py"],
    ),
    Break(
        "An expired token is refused",
        "api/auth.py",
        "if expires + LEEWAY_S <= now:",
        "if expires + 10**9 <= now:",
        ["tests/api/http/test_tokens.py"],
    ),
    Break(
        "A forged custom id is refused with a message",
        "bot/components/persistent.py",
        "        if self._forged:\n",
        "        if False:\n",
        ["tests/fuzz/test_forged_ids.py"],
    ),
    Break(
        "A member isn't marked as left because of a temporary error of Discord",
        "bot/guilds/membership.py",
        "return isinstance(error, discord.NotFound) and error.code in unknown_codes",
        "return isinstance(error, discord.NotFound) or error.code in unknown_codes",
        ["tests/journeys/sessions/test_departures.py"],
    ),
    Break(
        "The same reschedule request made twice is one",
        "mentorship/sessions/rescheduling.py",
        "(proposal.by, proposal.starts_at) == (actor.user_id, starts_at)",
        "(proposal.by, proposal.starts_at) == (actor.user_id, None)",
        ["tests/mentorship/sessions/test_rescheduling.py"],
    ),
    Break(
        "Mentors are ranked in the same order after a migration to another database",
        "storage/operations/data_migration.py",
        "        await _copy_rating_priors(old, new)\n",
        "",
        ["tests/storage/upgrades/test_data_migration.py"],
    ),
    Break(
        "An incomplete migration to another database is rolled back",
        "storage/operations/data_migration.py",
        "    if digest != expected:",
        "    if False:",
        ["tests/storage/upgrades/test_data_migration.py"],
    ),
    Break(
        "Erasing a person leaves no trace of them",
        "mentorship/operations/erasure_phases/rows.py",
        '"notifications": RowsOf(Notification.user_id, Notification.id),',
        "",
        ["tests/mentorship/operations/test_privacy.py"],
    ),
    Break(
        "Queries use an index instead of scanning a table",
        "mentorship/points/ledger.py",
        """    literal_column("accounts.kind IN ('fees', 'issuance')"),
""",
        "",
        ["tests/mentorship/operations/test_query_plans.py"],
    ),
)


def copy_with_break(broken: Break, folder: Path) -> None:
    """Copy all files that git tracks into `folder`, and apply the break."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    file = folder / broken.file
    file.write_text(file.read_text("utf-8").replace(broken.old, broken.new), "utf-8")


def find_failing_test(broken: Break) -> str | None:
    """Return the first test that fails with the break, None if all pass."""
    with tempfile.TemporaryDirectory() as name:
        copy_with_break(broken, Path(name))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not long", *broken.tests],
            cwd=name,
            capture_output=True,
            text=True,
            check=False,
        )
    failed = re.search(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*)?(?: - .*)?$", done.stdout, re.MULTILINE)
    if failed is None and done.returncode != 0:
        sys.exit(f"The tests of “{broken.promise}” could not be run:\n{done.stdout}{done.stderr}")
    return failed[1] if failed is not None else None


def format_row(broken: Break, failing_test: str) -> str:
    """Return the row of the page's table."""
    file, _, test = failing_test.partition("::")
    change = f"`{_short(broken.old)}` → `{_short(broken.new)}`" if broken.new else "removed"
    return (
        f"| {broken.promise} | [{broken.file}](../{broken.file}): {change} "
        f"| [{test}](../{file}) |\n"
    )


def _short(code: str) -> str:
    one_line = " ".join(code.split()).replace("|", "\\|")
    return one_line if len(one_line) <= 60 else f"{one_line[:59]}…"


def main() -> None:
    """Apply all breaks and write the page.

    With words as arguments, only applies the breaks whose promises contain all of them, and
    doesn't write the page.
    """
    breaks = [each for each in BREAKS if all(word in each.promise for word in sys.argv[1:])]
    rows, missed = [], []
    for number, broken in enumerate(breaks, 1):
        print(f"{number}/{len(breaks)} {broken.promise} ... ", end="", flush=True)
        failing_test = find_failing_test(broken)
        print(failing_test or "NO TEST FAILS", flush=True)
        if failing_test is None:
            missed.append(broken.promise)
        else:
            rows.append(format_row(broken, failing_test))
    if missed:
        sys.exit(f"No test fails for: {'; '.join(missed)}.")
    if len(sys.argv) == 1:
        PAGE.write_text(INTRODUCTION + "".join(rows), "utf-8")


if __name__ == "__main__":
    main()
