"""Who is in the generated community, and which sessions they have. Pure.

The town is a guild whose core is two hundred members. Around the core is a crowd: many more members
of the same guild, and other guilds. The ids of the core lie between those of two halves of the
crowd, so that a statement which reads the crowd does so in whichever order it reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""The instant around which the sessions lie. The clock of the tests starts then, too."""

TOWN = 10
CHIEF = 1
"""The town's id, and that of the moderator who has made its decisions."""

_THREE_HOURS, _WEEK = 3 * 3_600, 7 * 24 * 3_600


class Size(Enum):
    """The size of the crowd in hundredths of a big community's; a tenth is for `make test`."""

    NONE = 0
    TENTH = 10
    FULL = 100


@dataclass(frozen=True)
class Group:
    """Members with consecutive user ids: of one guild, or of several that are alike.

    In each guild the first `mentors` are mentors, and the next `applicants` wait for a decision on
    their application. Each has as many `tags` to choose from.
    """

    first_person: int
    first_guild: int
    guilds: int
    members: int
    mentors: int
    applicants: int
    tags: int

    def person(self, number: int) -> int:
        """Return the user id of a member of the first guild."""
        return self.first_person + number


@dataclass(frozen=True)
class Stream:
    """Sessions with consecutive ids, as many in each guild of a group.

    The members in the ranges `mentors` and `mentees` take turns. In each `step` (seconds)
    `at_once` sessions take place, all with different people. `upcoming` steps are in the future.
    """

    group: Group
    first_session: int
    sessions: int
    mentors: range
    mentees: range
    at_once: int
    step: int
    upcoming: int


CORE = Group(2_000_000, TOWN, guilds=1, members=200, mentors=20, applicants=3, tags=10)

MENTOR, MENTEE, BUSY_MENTEE = CORE.person(6), CORE.person(40), CORE.person(199)
"""A mentor with 100 sessions, a mentee with 9, and a mentee with 100. All are in the core."""

DEPARTED = 300_000
"""A guild of the crowd with a hundredth of all sessions, to be purged."""

PLAIN_MEMBER = CORE.person(25)
"""A member of the core with points and gifts, who has no session."""

SCHEDULED_MENTOR = 1_000_001
"""In the crowd: a mentor with far more appointments in their own calendar than others."""

CROWDED_MENTOR, CROWDED_MENTEE = 1_000_000, 3_002_499
"""In the crowd: the mentor with a tenth of all sessions, and the mentee with a fiftieth."""


def groups(size: Size) -> tuple[Group, ...]:
    """Return all groups of a community: the core, and the crowd around it."""
    percent = size.value
    if not percent:
        return (CORE,)
    town = (1, 250 * percent, 10 * percent, percent, 3 * percent)
    other = (3 * percent // 2, 500, 20, 2, 10)
    return (
        Group(1_000_000, TOWN, *town),
        Group(1_500_000, 100_000, *other),
        CORE,
        Group(3_000_000, TOWN, *town),
        Group(3_500_000, 200_000, *other),
        Group(4_000_000, DEPARTED, 1, 10 * percent, percent, 1, 10),
    )


def streams(size: Size) -> tuple[Stream, ...]:
    """Return the sessions of all groups."""
    percent = size.value
    core = (
        Stream(CORE, 10_000_000, 100, range(4), range(199, 200), 1, _WEEK, 8),
        Stream(CORE, 10_100_000, 1_600, range(4, 20), range(30, 199), 16, _WEEK, 6),
    )
    if not percent:
        return core
    low, low_foreign, _, high, high_foreign, departed = groups(size)
    mentors, members = range(low.mentors), range(low.mentors + low.applicants, low.members)
    half = members[len(members) // 2 : -1]
    crowded_mentee = CROWDED_MENTEE - high.first_person
    return (
        # The mentor with a tenth of all sessions, with half of these members.
        Stream(
            low,
            1_000_000,
            1_000 * percent,
            mentors[:1],
            members[: len(members) // 2],
            1,
            _THREE_HOURS,
            8,
        ),
        _weekly(low, 2_000_000, 900 * percent, mentors[1:], half),
        _weekly(low_foreign, 3_000_000, 2_333, range(20), range(22, 500)),
        *core,
        # The mentee with a fiftieth of all sessions. They have mentors of their own.
        Stream(
            high,
            20_000_000,
            200 * percent,
            mentors[: 2 * percent],
            range(crowded_mentee, crowded_mentee + 1),
            1,
            _THREE_HOURS,
            8,
        ),
        _weekly(high, 21_000_000, 900 * percent, mentors[2 * percent :], half),
        _weekly(high_foreign, 22_000_000, 2_333, range(20), range(22, 500)),
        _weekly(
            departed,
            23_000_000,
            100 * percent,
            range(departed.mentors),
            range(departed.mentors + departed.applicants, departed.members),
        ),
    )


def _weekly(group: Group, first: int, sessions: int, mentors: range, mentees: range) -> Stream:
    """Return a stream in which each of the mentors has a session a week."""
    return Stream(group, first, sessions, mentors, mentees, len(mentors), _WEEK, 3)
