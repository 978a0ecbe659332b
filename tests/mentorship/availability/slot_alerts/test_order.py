"""The order in which members are told, against a plain model of the rule."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.availability.slot_alerts import alerts, dispatch
from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.errors import NotFound
from mentorship.notifications.catalogue import NotificationKind
from mentorship.time.parts_of_day import PartOfDay
from tests.mentorship.support.community import Community

PEOPLE = 4
HOURS = {PartOfDay.MORNING: "9:00-10:00", PartOfDay.EVENING: "19:00-20:00"}
DAYS = {0: "mon", 5: "sat"}

Wish = tuple[int | None, PartOfDay | None]
Slot = tuple[int, PartOfDay]

wishes = st.tuples(st.sampled_from([None, None, *DAYS]), st.sampled_from([None, None, *HOURS]))


@dataclass(frozen=True)
class Phase:
    """People ask, or ask again, while nothing is open, and some give up. Then a slot opens."""

    asks: list[tuple[int, Wish]]
    removals: list[int]
    slot: Slot
    waits: list[int]


phases = st.builds(
    Phase,
    asks=st.lists(st.tuples(st.integers(0, PEOPLE - 1), wishes), min_size=1, max_size=6),
    removals=st.lists(st.integers(0, PEOPLE - 1), max_size=1),
    slot=st.tuples(st.sampled_from([*DAYS]), st.sampled_from([*HOURS])),
    waits=st.lists(st.sampled_from([1, 4, 14, 15]), min_size=1, max_size=4),
)


@dataclass
class Line:
    """What the rule says: who waits for what, in order, and who was told."""

    waiting: dict[int, Wish] = field(default_factory=dict)
    told: list[int] = field(default_factory=list)
    told_at: datetime | None = None

    def next(self, slot: Slot) -> int | None:
        """Return the first whom the slot suits."""
        return next((who for who, wish in self.waiting.items() if suits(wish, slot)), None)

    def may_tell(self, now: datetime) -> bool:
        """Return whether the last one was told 15 minutes ago or earlier."""
        return self.told_at is None or now >= self.told_at + timedelta(minutes=15)

    def tell(self, who: int, now: datetime) -> None:
        del self.waiting[who]
        self.told.append(who)
        self.told_at = now


def suits(wish: Wish, slot: Slot) -> bool:
    return all(wanted in (None, offered) for wanted, offered in zip(wish, slot, strict=True))


@dataclass
class Cast:
    town: Community
    mentor: Actor
    members: list[Actor]

    async def told(self) -> list[int]:
        """Return who has been told in this cast's life, by their number."""
        ids = [member.user_id for member in self.members]
        rows = await self.town.notifications(NotificationKind.SLOT_OPENED)
        return [ids.index(row.user_id) for row in sorted(rows, key=lambda row: row.id)]


@pytest.fixture
async def cast(town: Community) -> Cast:
    mentor = await town.mentor("Oliver", zone="UTC")
    members = [await town.member(f"P{number}", zone="UTC") for number in range(PEOPLE)]
    return Cast(town, mentor, members)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=st.lists(phases, min_size=1, max_size=2))
async def test_members_are_told_once_in_order_every_15_minutes_at_most(
    cast: Cast, history: list[Phase]
) -> None:
    earlier = await begin(cast)
    line = Line()
    for phase in history:
        await close_and_ask(cast, line, phase)
        day, part = phase.slot
        await cast.town.db.run(editor.set_weekly, cast.mentor, f"{DAYS[day]} {HOURS[part]}")
        for minutes in phase.waits:
            for _ in range(minutes):
                await pass_a_minute(cast, line, phase.slot, earlier)
            if minutes >= 4 and line.may_tell(cast.town.clock.now):
                assert line.next(phase.slot) is None, "they had to be told by now"


async def begin(cast: Cast) -> int:
    """End what the example before has left. Returns how many were told before."""
    town = cast.town
    await town.db.run(editor.set_weekly, cast.mentor, "")
    for member in cast.members:
        with contextlib.suppress(NotFound):
            await town.db.run(alerts.remove, member, cast.mentor.user_id)
    town.clock.now += timedelta(days=1)
    while await town.db.run(dispatch.tell_due):
        pass
    return len(await cast.told())


async def close_and_ask(cast: Cast, line: Line, phase: Phase) -> None:
    """Let nothing be open, and people ask and give up."""
    town, mentor_id = cast.town, cast.mentor.user_id
    await town.db.run(editor.set_weekly, cast.mentor, "")
    for who, (day, part) in phase.asks:
        wish = SlotWish.of([] if day is None else [day], part)
        await town.db.run(alerts.set_alert, cast.members[who], mentor_id, wish)
        line.waiting[who] = (day, part)
    for who in phase.removals:
        if line.waiting.pop(who, None) is not None:
            await town.db.run(alerts.remove, cast.members[who], mentor_id)


async def pass_a_minute(cast: Cast, line: Line, slot: Slot, earlier: int) -> None:
    """Let a minute pass and the job run. Whoever was told is the one whom the rule names."""
    town = cast.town
    town.clock.now += timedelta(minutes=1)
    while await town.db.run(dispatch.tell_due):
        pass
    told = (await cast.told())[earlier:]
    if told != line.told:
        who = line.next(slot)
        assert who is not None
        assert line.may_tell(town.clock.now)
        line.tell(who, town.clock.now)
    assert told == line.told
