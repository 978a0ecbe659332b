"""Which searches found nobody in the past months. Pure and the same every time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from mentorbot.demo.past.people import REGULARS

_SEED = 17
_FIRST_MONDAY, _LAST_MONDAY = date(2026, 9, 21), date(2027, 3, 15)

_EXPERTISE = {"security": 5, "rust": 3, "statistics": 2, "accessibility": 2, "salsa dancing": 1}
"""What was searched for, and how often relative to the others. Daniel, who knows security, has been
quiet since December. Nobody knows the last one, so it isn't counted by its name."""

_MENTORS = ("oliver", "oliver", "hannah", "jack")


@dataclass(frozen=True, slots=True)
class UnmetSearch:
    """A search that found nobody: for an expertise, or for a slot of a mentor (a key) at a time."""

    at: datetime
    member: str
    expertise: str = ""
    mentor: str = ""
    wanted: datetime | None = None


def plan_searches() -> list[UnmetSearch]:
    """Plan the searches, more of them from week to week."""
    random = Random(_SEED)
    searches = []
    for number in range((_LAST_MONDAY - _FIRST_MONDAY).days // 7 + 1):
        for _ in range(1 + number // 8):
            day = _FIRST_MONDAY + timedelta(weeks=number, days=random.randrange(6))
            at = datetime.combine(day, time(random.randrange(7, 21)), UTC)
            members = [regular.key for regular in REGULARS if regular.joined_on < day]
            names, weights = list(_EXPERTISE), list(_EXPERTISE.values())
            expertise = random.choices(names, weights)[0]
            searches.append(UnmetSearch(at, random.choice(members), expertise))
            # Many look for an hour on Sunday evening, when few mentors have hours.
            sunday = day + timedelta(days=6 - day.weekday())
            wanted = datetime.combine(sunday, time(random.choice((17, 18, 19))), UTC)
            member, mentor = random.choice(members), random.choice(_MENTORS)
            searches.append(UnmetSearch(at, member, mentor=mentor, wanted=wanted))
    return searches
