"""Prometheus metrics of the program.

They live in prometheus-client's default registry, from which the API serves `/metrics`. The other
packages don't import this module: the database and the bot get these functions as callbacks.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.notifications.timing import URGENCIES
from mentorship.operations import health
from mentorship.operations.health import ServiceCounts
from mentorship.statuses import LIVE
from storage import UseCaseMetrics

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""Seconds. Discord waits 3 seconds for an answer."""

INTERACTION_SECONDS = Histogram(
    "mentorbot_interaction_seconds",
    "Time from receiving a command or button press until it was answered.",
    ["name"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5),
)
INTERACTIONS = Counter(
    "mentorbot_interactions", "Commands and button presses, by outcome.", ["name", "outcome"]
)
USE_CASE_SECONDS = Histogram(
    "mentorbot_use_case_seconds",
    "Duration of a use case, all attempts included.",
    ["use_case"],
    buckets=_BUCKETS,
)
USE_CASES = Counter("mentorbot_use_cases", "Use cases, by outcome.", ["use_case", "outcome"])
RETRIES = Counter(
    "mentorbot_use_case_retries", "Attempts after the first, caused by conflicts.", ["use_case"]
)
WAIT_SECONDS = Histogram(
    "mentorbot_database_wait_seconds",
    "Time spent waiting for a database connection and the write lock.",
    buckets=_BUCKETS,
)
EVENTS = Counter(
    "mentorbot_events", "What happened in all servers, such as session.completed.", ["type"]
)
NOTIFICATIONS = Counter(
    "mentorbot_notifications",
    "Notifications that were sent, failed or dropped.",
    ["kind", "status"],
)
SESSIONS = Gauge(
    "mentorbot_sessions",
    f"Sessions that aren't over, by status; at most {health.MAX_SESSIONS:,} are counted.",
    ["status"],
)
DUE_NOTIFICATIONS = Gauge(
    "mentorbot_notifications_due",
    "Notifications that should be sent now; at most "
    f"{len(URGENCIES) * health.MAX_OVERDUE:,} are counted.",
)
OVERDUE_NOTIFICATIONS = Gauge(
    "mentorbot_notifications_overdue", "Notifications that should have been sent minutes ago."
)
OVERDUE_SESSIONS = Gauge(
    "mentorbot_sessions_overdue",
    "Sessions whose status should have changed minutes ago.",
)
FAULTS = Gauge(
    "mentorbot_faults",
    f"Rows that failed in the last {faults.RECENT.days} days. See `mentorbot check`.",
    ["kind"],
)
GATEWAY_SECONDS = Gauge(
    "mentorbot_gateway_latency_seconds",
    "Discord's latency at the last heartbeat; NaN before the first.",
)
GUILDS = Gauge("mentorbot_guilds", "Servers that the bot is in.")


_TALLIES = {"event": EVENTS, "notification": NOTIFICATIONS}
"""The counters of `storage.Transaction.tally`."""


def record_use_case(measured: UseCaseMetrics) -> None:
    """Record a finished use case."""
    USE_CASE_SECONDS.labels(measured.use_case).observe(measured.seconds)
    USE_CASES.labels(measured.use_case, measured.outcome).inc()
    WAIT_SECONDS.observe(measured.waited_seconds)
    if measured.attempts > 1:
        RETRIES.labels(measured.use_case).inc(measured.attempts - 1)
    for counter, *labels in measured.tally:
        _TALLIES[counter].labels(*labels).inc()


def record_interaction(name: str, seconds: float, outcome: str) -> None:
    """Record an answered command or button press."""
    INTERACTION_SECONDS.labels(name).observe(seconds)
    INTERACTIONS.labels(name, outcome).inc()


def observe_gateway(latency: Callable[[], float], guilds: Callable[[], int]) -> None:
    """Read the gateway's latency (seconds) and the number of guilds from these on each scrape."""
    GATEWAY_SECONDS.set_function(latency)
    GUILDS.set_function(guilds)


def update_counts(counts: ServiceCounts) -> None:
    """Set the gauges that are counted from the database."""
    for status in LIVE:
        SESSIONS.labels(status.value).set(counts.sessions.get(status.value, 0))
    DUE_NOTIFICATIONS.set(counts.due)
    OVERDUE_NOTIFICATIONS.set(counts.overdue.notifications)
    OVERDUE_SESSIONS.set(counts.overdue.sessions)
    for kind in FaultKind:
        FAULTS.labels(kind.value).set(counts.faults.get(kind.value, 0))
