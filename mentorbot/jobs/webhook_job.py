"""The job that sends webhooks, and gives events their positions in the feed.

It runs in each process that serves the API. `mentorbot.jobs.integration_jobs` gives positions, too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.webhooks import rendering
from integrations.egress import Egress
from integrations.webhooks import WebhookSender
from mentorbot.jobs.job import Job
from mentorbot.settings import Settings
from mentorship import web_addresses
from mentorship.event_types import EventType
from mentorship.webhooks import configured
from mentorship.webhooks.configured import ConfiguredWebhook
from storage import Database

log = logging.getLogger(__name__)

NAME = "send webhooks"

INTERVAL_S = 1.0
"""Seconds between two looks for what is due: a few index lookups, if there is nothing."""


@asynccontextmanager
async def send_webhooks(
    database: Database, *, allow_private: bool = False, grace_seconds: float
) -> AsyncIterator[Job]:
    """Run the job while the context is open; yields it.

    `allow_private` is that of `Egress`. On exit, requests that are running have `grace_seconds` to
    end. Those that are cut off are made again once their leases end.
    """
    async with Egress(allow_private=allow_private) as egress:
        sender = WebhookSender(database, egress, rendering.render_bodies, rendering.test_body)

        async def run() -> int:
            return await sender.run(job.record_progress)

        job = Job(NAME, run, INTERVAL_S)
        running = asyncio.create_task(job.repeat(), name=NAME)
        try:
            yield job
        finally:
            sender.stop()
            try:
                async with asyncio.timeout(grace_seconds), job.lock:
                    pass
            except TimeoutError:
                log.warning("some webhooks took too long, and are sent again after the next start")
            running.cancel()
            await asyncio.wait({running})


async def keep_configured(settings: Settings, database: Database) -> None:
    """Store the endpoints of the configuration, and delete those that are no longer in it."""
    await database.run(
        configured.keep,
        [
            ConfiguredWebhook(
                name,
                web_addresses.parse(webhook.url, allow_private=settings.egress.allow_private),
                webhook.secret.get_secret_value(),
                tuple(map(EventType, webhook.event_types.split())),
                tuple(map(int, webhook.guilds.split())),
            )
            for name, webhook in settings.webhooks.items()
        ],
    )
