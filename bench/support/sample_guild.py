"""A generated guild with any number of mentors, identical in every run, to benchmark search."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from mentorship.time import zone_search

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUILD, VIEWER = 1, 1
NIGHT_ZONE = "Pacific/Auckland"
"""A zone in which it is 1 AM at `NOW`; nobody's hours begin before 6 AM."""
ZONES, TAGS = 60, 300
FIRST_MENTOR = 1_000

_SYLLABLES = (
    *("ka", "lo", "mi", "ra", "ve", "ti", "so", "na", "be", "du", "el", "an", "or", "is"),
    *("um", "ch", "fa", "gri", "hu", "jo", "pe", "qua", "sta", "wen", "yu", "zo"),
)


def _word(rng: random.Random, syllables: int) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(syllables))


def tags_and_words() -> tuple[list[str], list[str]]:
    """Return the guild's tags, the most frequent first, and the words of the bios."""
    rng = random.Random(5)
    tags = dict.fromkeys(("python", "javascript", "go", "data science", "code review"))
    while len(tags) < TAGS:
        tags[_word(rng, rng.randint(2, 4))] = None
    return list(tags), [_word(rng, rng.randint(1, 4)) for _ in range(3_000)]


def sample_zones() -> list[str]:
    """Return `ZONES` time zones from all over the world."""
    names = zone_search.suggest("", now=NOW, limit=ZONES)
    return names[:ZONES]


def sample_names() -> list[str]:
    """Return names like those of the mentors."""
    rng = random.Random(6)
    return [_name(rng) for _ in range(1_000)]


def _name(rng: random.Random) -> str:
    return f"{_word(rng, 2)} {_word(rng, 3)}".title()


def fill_database(path: Path, mentors: int, zones: Sequence[str]) -> None:
    """Write a guild with `mentors` approved mentors in some zones into a migrated SQLite file.

    Half of them have ratings and 3% are paused. Each has one to five tags, where the first tags are
    more frequent than the last, and one to four weekly intervals of availability.
    """
    rng = random.Random(7)
    tags, words = tags_and_words()
    created_at = NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
    weights = [1 / (rank + 20) for rank in range(TAGS)]
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -200000")
    db.execute("INSERT INTO guilds (id, created_at) VALUES (?, ?)", (GUILD, created_at))
    people, profiles, profile_tags, hours = [(VIEWER, "viewer", "Asia/Kolkata")], [], [], []
    for number in range(1, mentors + 1):
        user, zone = FIRST_MENTOR + number, rng.choice(zones)
        people.append((user, _name(rng), zone))
        count = rng.randint(1, 60) if rng.random() < 0.5 else 0
        stars = sum(rng.choices((3, 4, 5), (1, 4, 8), k=count))
        bio = " ".join(rng.choices(words, k=rng.randint(10, 60)))
        profiles.append(
            (number, user, bio, rng.randint(0, 40) * 5, rng.random() < 0.03, zone, stars, count)
        )
        tag_numbers = dict.fromkeys(rng.choices(range(TAGS), weights, k=rng.randint(1, 5)))
        profile_tags += [(number, tag + 1) for tag in tag_numbers]
        for weekday in rng.sample(range(7), rng.randint(1, 4)):
            opens = rng.randrange(6 * 60, 20 * 60, 30)
            hours.append((number, weekday, opens, min(opens + rng.choice((120, 240, 480)), 1_440)))
    db.executemany(
        f"INSERT INTO members (guild_id, user_id, name, timezone, created_at) "
        f"VALUES ({GUILD}, ?, ?, ?, '{created_at}')",
        people,
    )
    db.executemany(
        f"INSERT INTO tags (id, guild_id, name) VALUES (?, {GUILD}, ?)",
        [(number, tag) for number, tag in enumerate(tags, 1)],
    )
    db.executemany(
        "INSERT INTO mentor_profiles (id, guild_id, user_id, status, bio, hourly_rate, paused, "
        "timezone, rating_sum, rating_count, created_at) "
        f"VALUES (?, {GUILD}, ?, 'approved', ?, ?, ?, ?, ?, ?, '{created_at}')",
        profiles,
    )
    db.executemany("INSERT INTO profile_tags (profile_id, tag_id) VALUES (?, ?)", profile_tags)
    db.executemany(
        "INSERT INTO weekly_hours (profile_id, weekday, start_minute, end_minute) "
        "VALUES (?, ?, ?, ?)",
        hours,
    )
    db.commit()
    db.close()
