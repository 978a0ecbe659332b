"""A guild with any number of mentors, the same at every run: for the benches of search."""

from __future__ import annotations

import random
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from mentorship.time import timezones

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUILD, VIEWER = 1, 1
ZONES, TAGS = 60, 300
FIRST_MENTOR = 1_000

_SYLLABLES = (
    *("ka", "lo", "mi", "ra", "ve", "ti", "so", "na", "be", "du", "el", "an", "or", "is"),
    *("um", "ch", "fa", "gri", "hu", "jo", "pe", "qua", "sta", "wen", "yu", "zo"),
)


def _word(rng: random.Random, syllables: int) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(syllables))


def vocabulary() -> tuple[list[str], list[str]]:
    """The guild's tags, the most frequent first, and the words that bios are made of."""
    rng = random.Random(5)
    tags = dict.fromkeys(("python", "javascript", "go", "data science", "code review"))
    while len(tags) < TAGS:
        tags[_word(rng, rng.randint(2, 4))] = None
    return list(tags), [_word(rng, rng.randint(1, 4)) for _ in range(3_000)]


def zones() -> list[str]:
    """Sixty zones from all around the world."""
    known = [choice.name for choice in timezones.suggest("", now=NOW, limit=ZONES)]
    return known[:ZONES]


def names() -> list[str]:
    """Names as mentors have them, and more."""
    rng = random.Random(6)
    return [_name(rng) for _ in range(1_000)]


def _name(rng: random.Random) -> str:
    return f"{_word(rng, 2)} {_word(rng, 3)}".title()


def fill(path: Path, mentors: int) -> None:
    """Write a guild with so many approved mentors into a migrated SQLite file.

    Half have ratings, 3 in 100 pause; each has one to five tags, the first of the vocabulary more
    often than the last, and one to four stretches of weekly hours.
    """
    rng = random.Random(7)
    tags, words = vocabulary()
    clocks = zones()
    when = NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
    weights = [1 / (place + 20) for place in range(TAGS)]
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -200000")
    db.execute("INSERT INTO guilds (id, created_at) VALUES (?, ?)", (GUILD, when))
    people, profiles, tagged, hours = [(VIEWER, "viewer", "Asia/Kolkata")], [], [], []
    for number in range(1, mentors + 1):
        user, zone = FIRST_MENTOR + number, rng.choice(clocks)
        people.append((user, _name(rng), zone))
        count = rng.randint(1, 60) if rng.random() < 0.5 else 0
        stars = sum(rng.choices((3, 4, 5), (1, 4, 8), k=count))
        bio = " ".join(rng.choices(words, k=rng.randint(10, 60)))
        profiles.append(
            (number, user, bio, rng.randint(0, 40) * 5, rng.random() < 0.03, zone, stars, count)
        )
        mine = dict.fromkeys(rng.choices(range(TAGS), weights, k=rng.randint(1, 5)))
        tagged += [(number, tag + 1) for tag in mine]
        for weekday in rng.sample(range(7), rng.randint(1, 4)):
            opens = rng.randrange(6 * 60, 20 * 60, 30)
            hours.append((number, weekday, opens, min(opens + rng.choice((120, 240, 480)), 1_440)))
    db.executemany(
        f"INSERT INTO members (guild_id, user_id, name, timezone, created_at) "
        f"VALUES ({GUILD}, ?, ?, ?, '{when}')",
        people,
    )
    db.executemany(
        f"INSERT INTO tags (id, guild_id, name) VALUES (?, {GUILD}, ?)",
        [(number, tag) for number, tag in enumerate(tags, 1)],
    )
    db.executemany(
        "INSERT INTO mentor_profiles (id, guild_id, user_id, status, bio, hourly_rate, paused, "
        "timezone, rating_sum, rating_count, created_at) "
        f"VALUES (?, {GUILD}, ?, 'approved', ?, ?, ?, ?, ?, ?, '{when}')",
        profiles,
    )
    db.executemany("INSERT INTO profile_tags (profile_id, tag_id) VALUES (?, ?)", tagged)
    db.executemany(
        "INSERT INTO weekly_hours (profile_id, weekday, start_minute, end_minute) "
        "VALUES (?, ?, ?, ?)",
        hours,
    )
    db.commit()
    db.close()
