"""Insights of a server with a long history, and the counters behind them.

The community is the big one of `bench.big_community`: 200,000 members and 1,000,000 sessions. The
server that is looked at has ten years of figures. Events are followed as by the job, without its
pauses: the limit is of the CPU time, of which other programs take none.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median

from sqlalchemy import insert, select

from bench.support.figures import Figure, percentile_99
from bot.pictures.renderer import PictureRenderer
from bot.views.insights.guild_pages import guild_page
from bot.views.insights.mentor_pages import mentor_page
from bot.views.insights.page import Page
from mentorbot.jobs import figures_job
from mentorship.event_types import EventType
from mentorship.guilds import guild_settings
from mentorship.insights import insights, refreshing
from mentorship.insights.views import HALF_HOURS, InsightsRange, month_of, shift
from mentorship.webhooks import feed
from storage import Database, Transaction
from storage.queries import upsert
from storage.tables import (
    Event,
    GuildMonth,
    GuildWeek,
    MentorMonth,
    MentorWeek,
    PointsMonth,
    Session,
)
from tests.scale.community import copy_sqlite
from tests.scale.layout import CORE, NOW, TOWN, Size
from tests.scale.scene import actor
from wording.insights.labels import GUILD_PAGES, MENTOR_PAGES
from wording.reader import Reader

CHIEF = actor(CORE.person(100), manages_guild=True)
MENTOR = actor(CORE.first_person)
READER = Reader.of("en-GB", "Europe/London")
YEARS = 10
ROUNDS = 15
EVENTS = 5_000
LIMIT_CARD_MS, LIMIT_PICTURE_MS = 100.0, 400.0
LIMIT_EVENTS_PER_S = 1_000.0
LIMIT_TURN_CPU_MS = 20.0

Show = Callable[[str, InsightsRange], Awaitable[Page]]


async def add_history(tx: Transaction) -> None:
    """Add ten years of figures to the server and one of its mentors, where there are none."""
    months = [shift(month_of(NOW), -number) for number in range(12 * YEARS)]
    numbers = {"sessions": 900, "minutes": 40_000, "attendees": 950, "bookings": 1_100}
    lists = {"answer_times": [40] * 8, "waits": [30] * 7}
    week = {"offered": [120] * HALF_HOURS, "used": [45] * HALF_HOURS}

    async def add(table: type, rows: list[dict[str, object]]) -> None:
        statement = upsert(tx.dialect, table).on_conflict_do_nothing()
        await tx.connection.execute(statement, rows)

    def rows(of: dict[str, object], values: dict[str, object]) -> list[dict[str, object]]:
        return [{**of, "month": month, **values} for month in months]

    guild: dict[str, object] = {"guild_id": TOWN}
    mentor: dict[str, object] = {"profile_id": MENTOR.user_id, "guild_id": TOWN}
    await add(GuildMonth, rows(guild, {**numbers, **lists}))
    await add(MentorMonth, rows(mentor, {**numbers, **lists}))
    await add(GuildWeek, rows(guild, dict(week)))
    await add(MentorWeek, rows(mentor, dict(week)))
    for cause in ("grant", "hold", "refund", "payment", "fee", "gift", "starting_balance"):
        await add(PointsMonth, rows(guild, {"cause": cause, "amount": 1_000}))


async def add_events(tx: Transaction, number: int, seed: int) -> int:
    """Let something happen to many sessions of many mentors; returns to how many months."""
    query = select(Session.id, Session.guild_id, Session.profile_id, Session.starts_at)
    wanted = query.where(Session.id % (97 + seed) == seed).order_by(Session.id % 9973).limit(number)
    rows = (await tx.connection.execute(wanted)).all()
    shared = {"type": EventType.SESSION_COMPLETED, "occurred_at": tx.now}
    await tx.connection.execute(
        insert(Event),
        [
            {
                **shared,
                "guild_id": row.guild_id,
                "session_id": row.id,
                "audited": False,
                "facts": {},
            }
            for row in rows
        ],
    )
    return len({(row.profile_id, month_of(row.starts_at)) for row in rows})


async def _longest_turn(work: asyncio.Future[object]) -> tuple[float, float]:
    """Return the event loop's longest turn until `work` is done, in ms, and its CPU time."""
    longest = cpu = 0.0
    last, last_cpu = time.perf_counter(), time.thread_time()
    while not work.done():
        await asyncio.sleep(0.0005)
        now, now_cpu = time.perf_counter(), time.thread_time()
        longest, last = max(longest, now - last), now
        cpu, last_cpu = max(cpu, now_cpu - last_cpu), now_cpu
    return longest * 1_000, cpu * 1_000


async def measure_cards(db: Database, renderer: PictureRenderer) -> Iterator[Figure]:
    """Measure each page for each range: without its picture, and once with it."""

    async def show_guild(page: str, span: InsightsRange) -> Page:
        figures = await db.read(insights.guild_insights, CHIEF, span)
        settings = await db.read(guild_settings.load, TOWN)
        return guild_page(figures, page, settings, READER)

    async def show_mentor(page: str, span: InsightsRange) -> Page:
        return mentor_page(await db.read(insights.mentor_insights, MENTOR, span), page, READER)

    results: list[Figure] = []
    turns: list[float] = []
    kinds: tuple[tuple[str, Show, object], ...] = (
        ("server", show_guild, GUILD_PAGES),
        ("mentor", show_mentor, MENTOR_PAGES),
    )
    for name, show, pages in kinds:
        cards, pictures = [], []
        positions = [(page, span) for page in pages for span in InsightsRange]  # type: ignore[attr-defined]
        for number in range(-1, ROUNDS):
            for page, span in positions:
                started = time.perf_counter()
                await show(page, span)
                if number >= 0:
                    cards.append((time.perf_counter() - started) * 1_000)
        # The first chart of each kind loads parts of matplotlib.
        for page in pages:  # type: ignore[attr-defined]
            await _draw(show, renderer, page, InsightsRange.MONTH)
        for page, span in positions:
            if span is InsightsRange.MONTH:
                continue
            started = time.perf_counter()
            work = asyncio.ensure_future(_draw(show, renderer, page, span))
            turns.append((await _longest_turn(work))[1])
            if await work:
                pictures.append((time.perf_counter() - started) * 1_000)
        results += [
            Figure(f"card of a {name}, median", median(cards), "ms"),
            Figure(
                f"card of a {name}, 99th percentile",
                percentile_99(sorted(cards)),
                "ms",
                at_most=LIMIT_CARD_MS,
            ),
            Figure(f"with its picture, median of {len(pictures)}", median(pictures), "ms"),
            Figure("with its picture, slowest", max(pictures), "ms", at_most=LIMIT_PICTURE_MS),
        ]
    results.append(
        Figure("event loop's longest turn, CPU time", max(turns), "ms", at_most=LIMIT_TURN_CPU_MS)
    )
    return iter(results)


async def _draw(show: Show, renderer: PictureRenderer, page: str, span: InsightsRange) -> bool:
    shown = await show(page, span)
    if shown.chart is None:
        return False
    assert await renderer.draw(shown.chart.image, 60) is not None
    return True


async def measure_events(db: Database) -> list[Figure]:
    """Measure how many events a second of CPU time the job keeps up with."""
    await db.run(figures_job.follow_next)
    rates, walls, turns, buckets = [], [], [], 0
    for seed in range(3):
        buckets = await db.run(add_events, EVENTS, seed)
        while await db.run(feed.assign):
            pass

        async def keep_up() -> None:
            for step in (figures_job.follow_next, refreshing.refresh):
                while await db.run(step):
                    pass

        started, cpu = time.perf_counter(), time.process_time()
        work = asyncio.ensure_future(keep_up())
        turns.append((await _longest_turn(work))[1])
        await work
        rates.append(EVENTS / (time.process_time() - cpu))
        walls.append(EVENTS / (time.perf_counter() - started))
    return [
        Figure("events a second of CPU", median(rates), "/s", at_least=LIMIT_EVENTS_PER_S),
        Figure("events a second, elapsed", median(walls), "/s"),
        Figure(f"months that {EVENTS:,} events are about", buckets, ""),
        Figure(
            "event loop's longest turn while counting, CPU time",
            max(turns),
            "ms",
            at_most=LIMIT_TURN_CPU_MS,
        ),
    ]


async def _measure(url: str) -> list[Figure]:
    db = Database(url, clock=lambda: NOW)
    await db.open()
    renderer = PictureRenderer(deadline=60)
    try:
        await db.run(add_history)
        events = await measure_events(db)
        await db.run(add_history)
        warm = await db.read(insights.guild_insights, CHIEF, InsightsRange.YEAR)
        settings = await db.read(guild_settings.load, TOWN)
        first = guild_page(warm, "sessions", settings, READER)
        assert first.chart is not None
        await renderer.draw(first.chart.image, 60)
        return [*await measure_cards(db, renderer), *events]
    finally:
        renderer.close()
        await db.close()


def figures() -> Iterator[Figure]:
    """Measure the cards, and the job that counts."""
    with tempfile.TemporaryDirectory() as folder:
        url = copy_sqlite(Size.FULL, Path(folder) / "big.db", analyzed=True)
        yield from asyncio.run(_measure(url))
