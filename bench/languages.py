"""Texts in eight languages: a card at most 1.1 times as slow as in English, all in 10 MB.

The card is that of a confirmed session, with its facts, its refund policy and its buttons. The
languages take turns, so that what else the machine does is shared by all.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from bench.support.figures import Figure
from bot.components.cards import build_layout
from bot.views.sessions.session_actions import action_view
from bot.views.sessions.session_card import session_card
from bot.views.sessions.status_texts import status_text
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.session_views import Person, SessionView
from mentorship.statuses import SessionStatus
from wording import catalogues
from wording.reader import Reader
from wording.translation import speaking

LIMIT_RATIO, LIMIT_MB = 1.1, 10.0
ROUNDS, CARDS, STARTS = 60, 20, 3
NOW = datetime(2026, 10, 1, 4, tzinfo=UTC)
GUILD = GuildSettings(id=1, fee_percent=10)
MENTOR = Person(11, "Oliver Hughes", "Europe/London")
MENTEE = Person(12, "Maya Torres", "America/New_York")
SESSION = SessionView(
    id=1,
    guild_id=1,
    mentor=MENTOR,
    mentee=MENTEE,
    starts_at=NOW + timedelta(days=3),
    ends_at=NOW + timedelta(days=3, hours=1),
    timezone="Europe/London",
    status=SessionStatus.CONFIRMED,
    topic="Feature tables that stay fast",
    price=60,
    fee_percent=10,
    confirm_within=1_440,
    free_cancellation_until=1_440,
    late_refund_percent=50,
    cancellation_grace=15,
    complete_after=1_440,
    free_cancellation_ends_at=NOW + timedelta(days=2),
    created_at=NOW - timedelta(days=1),
    confirmed_at=NOW - timedelta(hours=2),
)


def _render(locale: str) -> object:
    reader = Reader.of(locale)
    with speaking(locale):
        text = status_text(SESSION, MENTEE.user_id, GUILD, reader, NOW)
        card = session_card(SESSION, MENTEE.user_id, GUILD, reader, NOW, text)
        return build_layout("", card, action_view(SESSION, MENTEE.user_id, NOW))


def _times() -> dict[str, float]:
    """Return the CPU time of a card in milliseconds by language, the median of the rounds."""
    tags = catalogues.tags()
    for tag in tags:
        _render(tag)
    rounds: dict[str, list[float]] = {tag: [] for tag in tags}
    for _ in range(ROUNDS):
        for tag in tags:
            started = time.thread_time()
            for _ in range(CARDS):
                _render(tag)
            rounds[tag].append((time.thread_time() - started) * 1_000 / CARDS)
    return {tag: median(times) for tag, times in rounds.items()}


_PROGRAM = """
import gc, os, sys
gc.disable()
from wording import catalogues
if sys.argv[1] == "all":
    catalogues.load_all()
from mentorbot import program
gc.freeze()
gc.enable()
with open("/proc/self/statm") as file:
    print(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1_000_000)
"""
"""Starts as `mentorbot run` does, and prints its memory in MB."""


def _memory(languages: str) -> float:
    """Return the memory of the started program in MB, the median of several."""
    runs = [
        subprocess.run(
            [sys.executable, "-c", _PROGRAM, languages], check=True, capture_output=True, text=True
        )
        for _ in range(STARTS)
    ]
    return median(float(run.stdout) for run in runs)


def figures() -> Iterator[Figure]:
    """Measure a card in each language, and the memory of a fresh program for all of them."""
    catalogues.load_all()
    times = _times()
    english = times.pop("en")
    yield Figure("a card in English", english, "ms")
    for tag, milliseconds in times.items():
        yield Figure(
            f"a card in {tag}, times English", milliseconds / english, "", None, LIMIT_RATIO
        )
    alone = _memory("english")
    yield Figure("memory of the program, just started, in English", alone, "MB")
    added = _memory("all") - alone
    yield Figure(f"what {len(times)} further languages add", added, "MB", None, LIMIT_MB)
