"""Gauges of one process: its connections and its jobs."""

from __future__ import annotations

import math
from collections.abc import Sequence, Sized
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Protocol

from prometheus_client.core import InfoMetricFamily

from mentorbot import __version__
from mentorbot.jobs.job import Job
from mentorbot.metrics.gauges import ScrapedGauge


class Role(StrEnum):
    """The part of the program that a process runs."""

    ALL = auto()
    BOT = auto()
    WORKER = auto()
    API = auto()


class Gateway(Protocol):
    """The bot's connection to Discord."""

    @property
    def latency(self) -> float:
        """Seconds; NaN before the first heartbeat."""

    @property
    def guilds(self) -> Sized:
        """The servers that the bot is in, complete once it is ready."""

    def is_ready(self) -> bool:
        """Return whether Discord has sent the bot its servers."""

    def is_connected(self) -> bool:
        """Return whether the bot is ready and still connected."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process at the time of a scrape, `now` in seconds since 1970.

    `started` is when it started, by the clock as it was then. `gateway` is None without a
    connection to Discord, `jobs` are empty in processes without them.
    """

    now: float
    started: float
    gateway: Gateway | None
    jobs: Sequence[Job]
    is_database_up: bool
    are_writes_accepted: bool


def info(role: Role) -> InfoMetricFamily:
    """Return `mentorbot_info`, whose labels say which program this is."""
    labels = {"version": __version__, "role": role}
    return InfoMetricFamily("mentorbot", "The program's version and role.", labels)


def _last_success(state: ProcessState) -> dict[str, float]:
    ages = {job.name: job.seconds_since_success for job in state.jobs}
    # Relative to the present clock, so that setting the clock makes no job look old.
    return {name: state.now - age for name, age in ages.items() if age is not None}


def _latency(state: ProcessState) -> float | None:
    latency = math.nan if state.gateway is None else state.gateway.latency
    return None if math.isnan(latency) else latency


PROCESS_GAUGES: tuple[ScrapedGauge[ProcessState], ...] = (
    ScrapedGauge(
        # The client library's own is absent where /proc is restricted, as in the systemd unit.
        "mentorbot_start_timestamp_seconds",
        "When this process started.",
        lambda state: state.started,
    ),
    ScrapedGauge(
        "mentorbot_database_up",
        "1 if the gauges of the service could be read from the database, otherwise 0.",
        lambda state: state.is_database_up,
    ),
    ScrapedGauge(
        "mentorbot_writes_accepted",
        "1 if the database has accepted a write just now, otherwise 0.",
        lambda state: state.are_writes_accepted,
    ),
    ScrapedGauge(
        "mentorbot_gateway_connected",
        "1 if all shards of this process are connected to Discord, otherwise 0.",
        lambda state: None if state.gateway is None else state.gateway.is_connected(),
    ),
    ScrapedGauge(
        "mentorbot_gateway_latency_seconds",
        "Discord's latency at the last heartbeat; absent before the first.",
        _latency,
    ),
    ScrapedGauge(
        "mentorbot_guilds",
        "Servers on this process's shards that the bot is in; absent until Discord has sent them.",
        lambda state: (
            len(state.gateway.guilds) if state.gateway and state.gateway.is_ready() else None
        ),
    ),
    ScrapedGauge(
        "mentorbot_job_scheduled_timestamp_seconds",
        "When this process first scheduled each job.",
        lambda state: {job.name: state.now - job.seconds_since_scheduled for job in state.jobs},
        label="name",
    ),
    ScrapedGauge(
        "mentorbot_job_interval_seconds",
        "Seconds between two runs of each job.",
        lambda state: {job.name: job.interval_s for job in state.jobs},
        label="name",
    ),
    ScrapedGauge(
        "mentorbot_job_last_success_timestamp_seconds",
        "When each job last succeeded, or completed a part of a long run; absent before.",
        _last_success,
        label="name",
    ),
)
