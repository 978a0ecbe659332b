"""The rating by which mentors are ranked: a Bayesian mean. Pure.

A mentor's rating counts `GUILD_WEIGHT` more reviews at the guild's mean than the mentor has:

    (rating_sum + GUILD_WEIGHT * guild_mean) / (rating_count + GUILD_WEIGHT)

so that one review of 5 stars doesn't outrank forty of 4.9. The guild's mean counts
`INITIAL_REVIEWS` reviews of `INITIAL_STARS` more than the guild has, since the first reviews say
little about a guild.

From it goes the `deduction` of mentors who leave requests and sessions unattended, at most a fifth
of a star. Like the mean, it takes some requests and sessions to say much, and every mentor may miss
one in `ALLOWED_MISSES`, so newcomers have none, and nor do mentors who are reliable.

Database triggers keep the results (`storage/migrations/versions/0002_search.py`, and the revision
that is called *track_record*): `listings` has the `deduction` and the `shortfall`, `guild_ratings`
the `prior`. They follow the mean in steps: the prior is updated once the guild's mean is more than
`PRIOR_TOLERANCE` away from it, since an update ranks all of the guild's listings again. Tests
compare the triggers with these functions.
"""

from __future__ import annotations

from mentorship.mentors.track_record import Counters

GUILD_WEIGHT = 5
"""Reviews at the guild's mean that are added to a mentor's own."""

INITIAL_REVIEWS = 10
"""Reviews of `INITIAL_STARS` that are added to a guild's own."""

INITIAL_STARS = 4

PRIOR_TOLERANCE = 10
"""In 1/100 of a star: how far the guild's mean may move before the prior follows."""


def mean_rating(rating_sum: int, rating_count: int) -> float | None:
    """Return the plain mean of a mentor's reviews, from 1 to 5 stars, or None without reviews."""
    return rating_sum / rating_count if rating_count else None


def guild_mean(rating_sum: int, rating_count: int) -> int:
    """Return the mean of a guild's reviews in 1/100 of a star, rounded down."""
    initial_sum = INITIAL_REVIEWS * INITIAL_STARS
    return (rating_sum + initial_sum) * 100 // (rating_count + INITIAL_REVIEWS)


MOST_DEDUCTED = 10_000
"""In 1/100,000 of a star: what is deducted at most for each of requests and sessions."""

ALLOWED_MISSES = 10
"""One in so many requests or sessions may be missed without a deduction."""

DEDUCTION_WEIGHT = 10
"""Requests or sessions without a miss that are added to a mentor's own."""


def shortfall(rating_sum: int, rating_count: int, prior: int, deduction: int = 0) -> int:
    """Return five stars minus the Bayesian mean, in 1/100,000 of a star, rounded up.

    `prior` is the guild's mean in 1/100 of a star. `deduction` is added to the shortfall. The least
    shortfall ranks first.
    """
    points = (rating_sum * 100 + GUILD_WEIGHT * prior) * 1_000
    return 500_000 - points // (rating_count + GUILD_WEIGHT) + deduction


def deduction(profile: Counters) -> int:
    """Return what a mentor's record costs in the order of search, in 1/100,000 of a star.

    A request is missed if it wasn't answered within a day. A session is missed if it didn't take
    place because of the mentor.
    """
    requests = profile.requests_answered + profile.requests_expired
    sessions = profile.sessions_completed + profile.sessions_failed
    return deduction_for(requests - profile.answers_24h, requests) + deduction_for(
        profile.sessions_failed, sessions
    )


def deduction_for(missed: int, total: int) -> int:
    """Return what `missed` of `total` requests or sessions cost, from 0 to `MOST_DEDUCTED`."""
    excess = max(0, ALLOWED_MISSES * missed - total)
    return MOST_DEDUCTED * excess // ((ALLOWED_MISSES - 1) * (total + DEDUCTION_WEIGHT))
