"""Counters and histograms: what this process has done since it started.

They are in prometheus-client's default registry. A counter with labels begins at 1 when it is first
seen, and Prometheus counts no increase for that; so errors, of which a few matter, are also counted
without labels, from 0. The other packages don't import this module: the
database and the bot get these functions as callbacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from prometheus_client import Counter, Gauge, Histogram

from api.monitoring import RequestMetrics
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
INTERACTION_ERRORS = Counter(
    "mentorbot_interaction_errors",
    "Commands and button presses that ended with an error. Refusals aren't errors.",
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
MESSAGE_UPDATES = Counter(
    "mentorbot_message_updates",
    "Edits of sent messages whose state has changed, by kind and outcome.",
    ["kind", "outcome"],
)
WEBHOOKS = Counter(
    "mentorbot_webhooks",
    "Attempts to send a webhook: sent, to be tried again (retry), or failed for good.",
    ["result"],
)
WEBHOOK_ENDPOINTS_DISABLED = Counter(
    "mentorbot_webhook_endpoints_disabled",
    "Webhook endpoints that were disabled since they failed for a week, or are gone.",
    ["reason"],
)
CALENDAR_IMPORTS = Counter(
    "mentorbot_calendar_imports",
    "Reads of members' own calendars: changed or unchanged since the last one, or failed.",
    ["result"],
)
CALENDAR_ENTRIES = Counter(
    "mentorbot_calendar_entries",
    "Sessions in people's own calendars: written or removed there, changed there by somebody else "
    "(changed_there), or to be tried again (failed).",
    ["result"],
)
REQUESTS = Counter(
    "mentorbot_http_requests",
    "Requests to the REST API, by method, route and status.",
    ["method", "route", "status"],
)
REQUEST_ERRORS = Counter(
    "mentorbot_http_request_errors",
    "Requests to the REST API that were answered with status 500 or above.",
)
REQUEST_SECONDS = Histogram(
    "mentorbot_http_request_seconds",
    "Time from receiving a request to the REST API until it was answered.",
    ["method", "route"],
    buckets=_BUCKETS,
)
JOB_RUNS = Counter("mentorbot_job_runs", "Runs of a job, by outcome.", ["name", "outcome"])
JOB_SECONDS = Histogram(
    "mentorbot_job_seconds",
    "Duration of a job's run, successful or not.",
    ["name"],
    buckets=(0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600),
)

LEDGER_FAULTS = Gauge(
    "mentorbot_ledger_faults",
    "Faults of the points ledger that this process has found in its daily check; absent before.",
    ["kind"],
)

_TALLIES = {
    "event": EVENTS,
    "notification": NOTIFICATIONS,
    "message_update": MESSAGE_UPDATES,
    "webhook": WEBHOOKS,
    "webhook_endpoint": WEBHOOK_ENDPOINTS_DISABLED,
    "calendar_import": CALENDAR_IMPORTS,
    "calendar_entry": CALENDAR_ENTRIES,
}
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
    # The outcome of an error is the name of an exception; all others are in lower case.
    if outcome[:1].isupper():
        INTERACTION_ERRORS.inc()


def record_request(measured: RequestMetrics) -> None:
    """Record an answered request to the REST API."""
    REQUESTS.labels(measured.method, measured.route, str(measured.status)).inc()
    if measured.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        REQUEST_ERRORS.inc()
    REQUEST_SECONDS.labels(measured.method, measured.route).observe(measured.seconds)


def prepare_job(name: str) -> None:
    """Show that a job has neither succeeded nor failed yet, so that its first failure counts."""
    for outcome in ("succeeded", "failed"):
        JOB_RUNS.labels(name, outcome)


def record_job_run(name: str, seconds: float, *, failed: bool) -> None:
    """Record a finished run of a job."""
    JOB_RUNS.labels(name, "failed" if failed else "succeeded").inc()
    JOB_SECONDS.labels(name).observe(seconds)


def record_ledger_check(faults: Mapping[str, int]) -> None:
    """Record how many faults of each kind the ledger has."""
    for kind, number in faults.items():
        LEDGER_FAULTS.labels(kind).set(number)
