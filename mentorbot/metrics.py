"""What the program counts and times, for Prometheus.

All of it is in prometheus-client's own registry, from which `/metrics` is served. The other
packages know nothing of it: the database and the bot are handed functions that they call.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram

from mentorship.operations.health import Counts
from mentorship.sessions.lifecycle import Status
from storage import UseCaseMetrics

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""Seconds. Discord waits for an answer for 3."""

INTERACTION_SECONDS = Histogram(
    "mentorbot_interaction_seconds",
    "From a command or button until it was answered.",
    ["name"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5),
)
INTERACTIONS = Counter(
    "mentorbot_interactions", "Commands and buttons, and how each ended.", ["name", "outcome"]
)
USE_CASE_SECONDS = Histogram(
    "mentorbot_use_case_seconds", "Use cases, all attempts together.", ["use_case"], buckets=_QUICK
)
USE_CASES = Counter(
    "mentorbot_use_cases", "Use cases, and how each ended.", ["use_case", "outcome"]
)
RETRIES = Counter(
    "mentorbot_use_case_retries", "Attempts beyond the first, after a conflict.", ["use_case"]
)
WAIT_SECONDS = Histogram(
    "mentorbot_database_wait_seconds",
    "Waiting for a connection and the write lock.",
    buckets=_QUICK,
)
SESSIONS = Gauge("mentorbot_sessions", "Sessions that there are.", ["status"])
NOTICES = Gauge(
    "mentorbot_notices", "Notices of the last 90 days and those to come.", ["kind", "status"]
)
OVERDUE_NOTICES = Gauge(
    "mentorbot_notices_overdue", "Notices that should have gone out minutes ago."
)
OVERDUE_SESSIONS = Gauge(
    "mentorbot_sessions_overdue", "Sessions that should have moved on minutes ago."
)
GATEWAY_SECONDS = Gauge(
    "mentorbot_gateway_latency_seconds", "Discord's answer to the last heartbeat; NaN before one."
)
GUILDS = Gauge("mentorbot_guilds", "Servers that have the bot.")


def use_case(observed: UseCaseMetrics) -> None:
    """A use case is over."""
    USE_CASE_SECONDS.labels(observed.use_case).observe(observed.seconds)
    USE_CASES.labels(observed.use_case, observed.outcome).inc()
    WAIT_SECONDS.observe(observed.waited_seconds)
    if observed.attempts > 1:
        RETRIES.labels(observed.use_case).inc(observed.attempts - 1)


def interaction(name: str, seconds: float, outcome: str) -> None:
    """A command or button was answered."""
    INTERACTION_SECONDS.labels(name).observe(seconds)
    INTERACTIONS.labels(name, outcome).inc()


def gateway(latency: Callable[[], float], guilds: Callable[[], int]) -> None:
    """From now on these say how it stands with Discord."""
    GATEWAY_SECONDS.set_function(latency)
    GUILDS.set_function(guilds)


def counted(counts: Counts) -> None:
    """The tables were looked at."""
    for status in Status:
        SESSIONS.labels(status.value).set(counts.sessions.get(status.value, 0))
    NOTICES.clear()
    for (kind, status_), count in counts.notices.items():
        NOTICES.labels(kind, status_).set(count)
    OVERDUE_NOTICES.set(counts.overdue_notices)
    OVERDUE_SESSIONS.set(counts.overdue_sessions)
