"""Which problem is caused in which arrangement, and which alerts must fire for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

from tests.alerts.arrangements import Arrangement
from tests.alerts.problems import database, people, processes
from tests.alerts.prometheus import Alert

Expected = tuple[str, Mapping[str, str]]
"""An alert's name without its prefix, and some of its labels."""


@dataclass(frozen=True)
class Problem:
    """A problem, in words, and the alerts that must fire for it."""

    cause: str
    happen: Callable[[Arrangement], AbstractAsyncContextManager[None]]
    alerts: Sequence[Expected]

    def is_named(self, part: str) -> bool:
        """Tell whether a text is part of the cause, or of an alert's name."""
        names = " ".join(name for name, _ in self.alerts)
        return part.lower() in f"{names} {self.cause}".lower()

    def expects(self, alert: Alert) -> bool:
        """Tell whether an alert is one of those that must fire."""
        return any(is_match(expected, alert) for expected in self.alerts)


def is_match(expected: Expected, alert: Alert) -> bool:
    """Tell whether an alert has a name and some labels."""
    name, labels = expected
    return alert.name == f"Mentorbot{name}" and labels.items() <= alert.labels.items()


def _alert(alert: str, /, **labels: str) -> Expected:
    return alert, labels


IN_BOTH = (
    Problem(
        "the process with the jobs is killed three times in a row",
        processes.restart_again_and_again,
        [_alert("Restarting")],
    ),
    Problem(
        "Discord closes its gateway",
        processes.cut_gateway,
        [_alert("GatewayDisconnected")],
    ),
    Problem(
        "another program takes a lock again and again",
        database.lock_briefly_again_and_again,
        [_alert("Conflicts")],
    ),
    Problem(
        "the table of a job is missing",
        database.break_a_job,
        [
            _alert("JobFailing", name="finish changes"),
            _alert("JobNotSucceeding", name="finish changes"),
        ],
    ),
    Problem(
        "a notification has an unknown kind",
        database.write_unreadable_row,
        [_alert("UnreadableRows", kind="delivery")],
    ),
    Problem(
        "a balance is changed without a transfer",
        database.unbalance_ledger,
        [_alert("LedgerFaults")],
    ),
    Problem(
        "sessions are advanced once an hour",
        processes.advance_once_an_hour,
        [_alert("SessionsOverdue")],
    ),
    Problem(
        "the table of balances is missing",
        people.break_balances,
        [_alert("InteractionsFailing"), _alert("ApiErrors")],
    ),
    Problem(
        "Discord takes 2.2 seconds to accept an answer",
        people.slow_discord,
        [_alert("SlowAnswers")],
    ),
    Problem(
        "Discord answers 503 to every message",
        people.refuse_messages,
        [_alert("NotificationsFailing")],
    ),
    Problem(
        "three people close their direct messages",
        people.close_direct_messages,
        [_alert("NotificationsGivenUp")],
    ),
    Problem(
        "sixteen new people are notified at once",
        people.many_new_people,
        [_alert("FirstConversationsUsedUp")],
    ),
)

ALL_IN_ONE = (
    Problem(
        "the process is frozen",
        partial(processes.freeze, role="bot"),
        [
            _alert("ProcessDown"),
            _alert("RoleMissing", missing="bot"),
            _alert("RoleMissing", missing="worker"),
        ],
    ),
    Problem(
        "the process starts while Discord's gateway is away",
        processes.start_without_gateway,
        [_alert("NotificationsNotDelivered"), _alert("GatewayDisconnected")],
    ),
    Problem(
        "another program has locked the file, also for readers",
        database.lock_out_readers,
        [_alert("DatabaseDown")],
    ),
    Problem(
        "another program holds the write lock",
        database.hold_write_lock,
        [_alert("WritesRefused")],
    ),
    Problem("the disk is full", database.limit_file_size, [_alert("WritesRefused")]),
    Problem("there never was a backup", database.delete_backup_log, [_alert("BackupMissing")]),
    *IN_BOTH,
)

SEPARATE = (
    Problem("the API is frozen", partial(processes.freeze, role="api"), [_alert("ProcessDown")]),
    Problem(
        "the bot is killed",
        partial(processes.kill, role="bot"),
        [_alert("ProcessDown"), _alert("RoleMissing", missing="bot")],
    ),
    Problem(
        "the worker is killed while a notification is due",
        processes.kill_worker_of_due_notifications,
        [
            _alert("ProcessDown"),
            _alert("RoleMissing", missing="worker"),
            _alert("NotificationsNotDelivered"),
        ],
    ),
    Problem("PostgreSQL is stopped", database.stop_server, [_alert("DatabaseDown")]),
    Problem("PostgreSQL is read-only", database.make_server_read_only, [_alert("WritesRefused")]),
    Problem("the last backup is old", database.date_backups_back, [_alert("BackupMissing")]),
    *IN_BOTH,
)
