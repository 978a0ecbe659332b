"""Gauges of the whole service, read from the database.

Every process that reaches the database shows the same values, so take their maximum over the
processes, never their sum.
"""

from __future__ import annotations

from datetime import datetime

from mentorbot.metrics.gauges import ScrapedGauge
from mentorship import faults, meeting_places
from mentorship.delivery import dm_budget
from mentorship.faults import FaultKind
from mentorship.meetings import meeting_health
from mentorship.notifications.timing import URGENCIES
from mentorship.operations import health
from mentorship.operations.health import ServiceFigures
from mentorship.statuses import LIVE


def _age(figures: ServiceFigures, since: datetime | None) -> float:
    return 0.0 if since is None else (figures.read_at - since).total_seconds()


def _timestamp(instant: datetime | None) -> float | None:
    return None if instant is None else instant.timestamp()


SERVICE_GAUGES: tuple[ScrapedGauge[ServiceFigures], ...] = (
    ScrapedGauge(
        "mentorbot_sessions",
        f"Sessions that aren't over, by status; at most {health.MAX_SESSIONS:,} are counted.",
        lambda figures: {status: figures.sessions.get(status, 0) for status in sorted(LIVE)},
        label="status",
    ),
    ScrapedGauge(
        "mentorbot_notifications_due",
        "Notifications that should be sent now; at most "
        f"{len(URGENCIES) * health.MAX_OVERDUE:,} are counted.",
        lambda figures: figures.due,
    ),
    ScrapedGauge(
        "mentorbot_oldest_due_notification_seconds",
        "How long the first of the due notifications has been waiting; 0 if none are due.",
        lambda figures: _age(figures, figures.due_since),
    ),
    ScrapedGauge(
        "mentorbot_notifications_overdue",
        "Notifications that should have been sent minutes ago.",
        lambda figures: figures.overdue.notifications,
    ),
    ScrapedGauge(
        "mentorbot_sessions_overdue",
        "Sessions whose status should have changed minutes ago.",
        lambda figures: figures.overdue.sessions,
    ),
    ScrapedGauge(
        "mentorbot_notifications_retrying",
        "Notifications to people that have failed and are tried again; at most "
        f"{health.MAX_RETRYING:,} are counted. Between two attempts they aren't due.",
        lambda figures: figures.retrying,
    ),
    ScrapedGauge(
        "mentorbot_oldest_retrying_notification_seconds",
        "How long ago the first of those should have been sent; 0 if there are none.",
        lambda figures: _age(figures, figures.retrying_since),
    ),
    ScrapedGauge(
        "mentorbot_notifications_given_up",
        "Notifications that have failed for good in the last 24 hours; at most "
        f"{health.MAX_GIVEN_UP:,} are counted.",
        lambda figures: figures.given_up,
    ),
    ScrapedGauge(
        "mentorbot_first_conversations_used",
        "How much is used of the budget for messages to people whom the bot hasn't written to.",
        lambda figures: figures.first_conversations,
    ),
    ScrapedGauge(
        "mentorbot_first_conversations_limit",
        "The size of that budget. One is free again every "
        f"{dm_budget.INTERVAL.total_seconds():g} seconds.",
        lambda figures: dm_budget.BURST,
    ),
    ScrapedGauge(
        "mentorbot_last_backup_timestamp_seconds",
        "When the last backup was completed; absent if there was none.",
        lambda figures: _timestamp(figures.last_backup),
    ),
    ScrapedGauge(
        "mentorbot_first_server_timestamp_seconds",
        "When the bot was first used in a server; absent while there is nothing to back up.",
        lambda figures: _timestamp(figures.first_server_at),
    ),
    ScrapedGauge(
        "mentorbot_meetings_failing",
        "Meetings that a provider has failed to create, change or remove, and that will be tried "
        f"again; at most {meeting_health.MAX_COUNTED:,} are counted.",
        lambda figures: {
            provider: figures.failing_meetings.get(provider, 0)
            for provider in meeting_places.PROVIDERS
        },
        label="provider",
    ),
    ScrapedGauge(
        "mentorbot_faults",
        f"Rows that failed in the last {faults.RECENT.days} days, by kind. See `mentorbot check`.",
        lambda figures: {kind: figures.faults.get(kind, 0) for kind in FaultKind},
        label="kind",
    ),
)
