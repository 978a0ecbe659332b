"""Which sessions people plan in the past months. Pure and the same every time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random

from mentorbot.demo.past.people import HABITS, REGULARS, REVIEWS, THANKS, Regular
from mentorship.time.timezones import canonical, from_wall_clock

SEED = 31

FIRST_MONDAY = date(2026, 6, 8)
LAST_MONDAY = date(2027, 3, 8)
"""The weeks in which sessions are requested. The last of them are over when the visitor arrives."""

_FIRST_WEEK_REQUESTS, _LAST_WEEK_REQUESTS = 3, 13
_QUIET_WEEKS = {
    date(2026, 8, 3): 0.5,
    date(2026, 8, 10): 0.5,
    date(2026, 8, 17): 0.6,
    date(2026, 12, 14): 0.7,
    date(2026, 12, 21): 0.2,
    date(2026, 12, 28): 0.4,
}
"""Holidays, with the share of the usual requests."""

_RETURNING = 0.5
"""The probability that a member books a mentor again whom they have met."""

_LONGEST_ANSWER = timedelta(hours=20)
"""Below the guild's deadline to answer, 24 hours."""


class Outcome(StrEnum):
    """How a planned session ends."""

    COMPLETED = "completed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    CANCELLED_LATE = "cancelled late"
    CANCELLED_BY_MENTOR = "cancelled by mentor"
    NO_SHOW = "no-show"


_OUTCOMES = {
    Outcome.COMPLETED: 84,
    Outcome.DECLINED: 4,
    Outcome.CANCELLED: 5,
    Outcome.CANCELLED_LATE: 2,
    Outcome.CANCELLED_BY_MENTOR: 2,
    Outcome.NO_SHOW: 3,
}
"""How many of a hundred sessions end which way."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A session that a member plans to book.

    `mentee` and `mentor` are keys. `slot` in [0, 1) says which of the mentor's open slots it is.
    `answer_after` is the time until the mentor answers, `report_after` that from the end to the
    report. `stars` is 0 without a rating, and `thanks` empty without thanks; `tip` is in points.
    """

    requested_at: datetime
    mentee: str
    mentor: str
    topic: str
    minutes: int
    slot: float
    answer_after: timedelta
    outcome: Outcome
    report_after: timedelta
    stars: int = 0
    review: str = ""
    thanks: str = ""
    tip: int = 0


def plan_sessions() -> list[Plan]:
    """Plan all sessions, in the order of their requests."""
    random = Random(SEED)
    met: dict[str, list[str]] = {}
    return sorted(
        (
            _plan(random, regular, requested_on, met)
            for monday, count in _weeks()
            for regular, requested_on in _requests(random, monday, count)
        ),
        key=lambda plan: plan.requested_at,
    )


def _weeks() -> Iterator[tuple[date, int]]:
    """Yield each week's Monday and the number of requests in it, which grows steadily."""
    weeks = (LAST_MONDAY - FIRST_MONDAY).days // 7
    for number in range(weeks + 1):
        monday = FIRST_MONDAY + timedelta(weeks=number)
        growth = (_LAST_WEEK_REQUESTS - _FIRST_WEEK_REQUESTS) * number / weeks
        usual = _FIRST_WEEK_REQUESTS + growth + 1.5 * math.sin(number * 1.7)
        yield monday, round(usual * _QUIET_WEEKS.get(monday, 1.0))


def _requests(random: Random, monday: date, count: int) -> Iterator[tuple[Regular, date]]:
    """Yield who requests a session in a week and on which day, more of them early in the week."""
    members = [regular for regular in REGULARS if regular.joined_on < monday]
    for regular in random.sample(members, min(count, len(members))):
        days = random.choices(range(7), (6, 6, 5, 4, 2, 2, 5))[0]
        yield regular, monday + timedelta(days=days)


def _plan(
    random: Random,
    regular: Regular,
    requested_on: date,
    met: dict[str, list[str]],
) -> Plan:
    known = [key for key in met.get(regular.key, ()) if HABITS[key].last_on >= requested_on]
    if known and random.random() < _RETURNING:
        mentor = random.choice(known)
    else:
        mentors = [
            key
            for key, habits in HABITS.items()
            if habits.first_on <= requested_on <= habits.last_on
        ]
        mentor = random.choices(mentors, [HABITS[key].weight for key in mentors])[0]
    met.setdefault(regular.key, []).append(mentor)
    habits = HABITS[mentor]
    # People book at lunch and after work, by their own clock.
    hour = random.choices((8, 12, 13, 17, 18, 19, 20, 21), (2, 4, 3, 3, 4, 6, 6, 4))[0]
    local = datetime.combine(requested_on, time(hour, random.randrange(60)))
    answer = timedelta(minutes=round(habits.answer_minutes * random.lognormvariate(0, 0.9)) + 1)
    outcome = random.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
    stars, review = _rate(random, habits.five_stars) if outcome is Outcome.COMPLETED else (0, "")
    thanks = random.choice(THANKS) if stars == 5 and random.random() < 0.4 else ""
    return Plan(
        requested_at=from_wall_clock(local, canonical(regular.zone)).first,
        mentee=regular.key,
        mentor=mentor,
        topic=random.choice(habits.topics),
        minutes=random.choices((60, 30), (3, 2))[0],
        slot=random.random(),
        answer_after=min(answer, _LONGEST_ANSWER),
        outcome=outcome,
        report_after=timedelta(minutes=random.randrange(5, 240)),
        stars=stars,
        review=review,
        thanks=thanks,
        tip=random.choice((0, 0, 5, 10, 20)) if thanks else 0,
    )


def _rate(random: Random, five_stars: int) -> tuple[int, str]:
    """Return stars and a text; seven of ten mentees rate, and half of them write something."""
    if random.random() > 0.7:
        return 0, ""
    rest = 100 - five_stars
    stars = random.choices((5, 4, 3, 2), (five_stars, rest * 0.7, rest * 0.25, rest * 0.05))[0]
    return stars, random.choice(REVIEWS[stars]) if random.random() < 0.5 else ""
