"""What operators can learn about a process: its readiness and its metrics.

**Readiness** is for what starts processes and sends them requests. It says whether this process
can do its own part: it fails while the database can't be read or written, while Discord is
disconnected, and while an essential job of this process has stalled. It doesn't fail for what other
processes or later runs fix. If no worker is running, an API process stays ready: it still answers
every request, and taking it out of service would add an outage to the late messages. If
housekeeping fails, people notice nothing. Both are for **alerts**, and the metrics show them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from prometheus_client import REGISTRY, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from api.monitoring import JobState, NotReady, Readiness
from mentorbot.jobs.job import Job
from mentorbot.metrics import process_gauges
from mentorbot.metrics.process_gauges import PROCESS_GAUGES, Gateway, ProcessState, Role
from mentorbot.metrics.service_gauges import SERVICE_GAUGES
from mentorbot.metrics.shared_result import SharedResult
from mentorship.operations import health
from mentorship.operations.health import ServiceFigures
from storage import Database, DatabaseUnavailable, StorageError

log = logging.getLogger(__name__)

MAX_AGE_S = 5.0
"""Seconds for which figures and a successful write are kept, however many scrapers ask."""

SCRAPE_LIMIT_S = 2.5
"""Seconds after which the database counts as away in a scrape. Prometheus waits 10 for it all."""

READINESS_LIMIT_S = 5.0
"""Seconds in which a write has to succeed for a process to be ready."""


class ProcessMonitor:
    """Observes one process.

    `gateway` is its connection to Discord, None without one. `jobs` is set once they are scheduled.
    The present is that of the database's clock. What is read is kept for `max_age_s`.
    """

    def __init__(
        self,
        database: Database,
        role: Role,
        gateway: Gateway | None = None,
        *,
        max_age_s: float = MAX_AGE_S,
    ) -> None:
        self.jobs: Sequence[Job] = ()
        self._database = database
        self._started = database.now().timestamp()
        self._role = role
        self._gateway = gateway
        self._figures = SharedResult(
            partial(database.read, health.load_figures), max_age_s=max_age_s
        )
        self._write = SharedResult(partial(database.run, health.try_to_write), max_age_s=max_age_s)

    async def check_readiness(self) -> Readiness:
        """Return whether the process can do its part.

        Raises `StorageError` if the database can't be reached, has other tables or refuses writes.
        """
        await self._database.open()
        try:
            await self._write.get(READINESS_LIMIT_S)
        except TimeoutError as error:
            raise DatabaseUnavailable("The database doesn't complete a write.") from error
        jobs = [JobState(job.name, job.seconds_since_success) for job in self.jobs]
        return Readiness(self._find_problem(), jobs)

    def _find_problem(self) -> NotReady | None:
        if self._gateway is not None and not self._gateway.is_connected():
            return NotReady(
                "discord-unreachable",
                "The bot is not connected to Discord at the moment. It will reconnect by itself.",
            )
        stalled = [job.name for job in self.jobs if job.is_essential and job.is_stalled]
        if stalled:
            return NotReady(
                "jobs-stalled",
                f"These jobs haven't succeeded for too long: {', '.join(stalled)}. "
                "The log says why.",
            )
        return None

    async def expose_metrics(self) -> bytes:
        """Return the metrics. While the database is away, the gauges of the service are absent."""
        figures, are_writes_accepted = await asyncio.gather(self._read(), self._try_to_write())
        state = ProcessState(
            self._database.now().timestamp(),
            self._started,
            self._gateway,
            self.jobs,
            is_database_up=figures is not None,
            are_writes_accepted=are_writes_accepted,
        )
        scraped = _Scraped(
            [
                process_gauges.info(self._role),
                *(gauge.collect(state) for gauge in PROCESS_GAUGES),
                *(gauge.collect(figures) for gauge in SERVICE_GAUGES if figures is not None),
            ]
        )
        return generate_latest(REGISTRY) + generate_latest(scraped)

    async def _read(self) -> ServiceFigures | None:
        try:
            return await self._figures.get(SCRAPE_LIMIT_S)
        except (StorageError, TimeoutError) as error:
            log.warning("can't read the metrics", extra={"problem": _describe(error)})
        except Exception:
            log.exception("can't read the metrics")
        return None

    async def _try_to_write(self) -> bool:
        try:
            await self._write.get(SCRAPE_LIMIT_S)
        except (StorageError, TimeoutError) as error:
            log.warning("the database refuses writes", extra={"problem": _describe(error)})
        except Exception:
            log.exception("the database refuses writes")
        else:
            return True
        return False


def _describe(error: Exception) -> str:
    return str(error) or type(error).__name__


class _Scraped(Collector):
    """The metrics of one scrape."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Sequence[Metric]:
        """Return the metrics."""
        return self._metrics
