"""What goes wrong in the simulation, when, and what of it disturbs people.

Each fault begins at a minute and lasts for some. Which ones come when follows from the seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from tests.faults.database_faults import full, locked
from tests.simulated_day.store import PostgresStore, SqliteStore

if TYPE_CHECKING:
    from tests.simulated_day.people import Person
    from tests.simulated_day.simulation import Simulation


@dataclass
class Fault:
    """Something that goes wrong at a minute of the simulation, for some minutes.

    `disturbs` tells whether answers may fail meanwhile, and `silences` whether the program can't
    serve anybody, so that no deadline runs.
    """

    at: int
    minutes: int
    disturbs: ClassVar[bool] = True
    silences: ClassVar[bool] = False

    async def begin(self, simulation: Simulation) -> None:
        """Cause it."""

    async def end(self, simulation: Simulation) -> None:
        """Mend it."""

    def __str__(self) -> str:
        return f"{type(self).__name__} at {self.at} for {self.minutes} min"


@dataclass
class Kill(Fault):
    """The program is killed at a random point, and started again after the downtime."""

    points: int = 1
    silences = True

    async def begin(self, simulation: Simulation) -> None:
        simulation.program.switch.kill_after(self.points)

    async def end(self, simulation: Simulation) -> None:
        await simulation.start_again()


@dataclass
class SlowDisk(Fault):
    """Each commit takes some time."""

    seconds: float = 0.02
    disturbs = False

    async def begin(self, simulation: Simulation) -> None:
        simulation.commit_delay = self.seconds

    async def end(self, simulation: Simulation) -> None:
        simulation.commit_delay = 0.0


@dataclass
class DatabaseFault(Fault):
    """The database refuses writes, or everything. SQLite files only, except `DatabaseStopped`."""

    silences = True
    _context: AbstractContextManager[None] | None = field(default=None, repr=False)

    async def begin(self, simulation: Simulation) -> None:
        self._context = self.cause(simulation)
        self._context.__enter__()

    async def end(self, simulation: Simulation) -> None:
        assert self._context is not None
        self._context.__exit__(None, None, None)

    def cause(self, simulation: Simulation) -> AbstractContextManager[None]:
        raise NotImplementedError


@dataclass
class DatabaseLocked(DatabaseFault):
    """Another program holds the write lock."""

    def cause(self, simulation: Simulation) -> AbstractContextManager[None]:
        store = simulation.store
        assert isinstance(store, SqliteStore)
        return contextmanager(locked)(store.file)


@dataclass
class DiskFull(DatabaseFault):
    """The write-ahead log can't grow any more."""

    def cause(self, simulation: Simulation) -> AbstractContextManager[None]:
        store = simulation.store
        assert isinstance(store, SqliteStore)
        return contextmanager(full)(store.file)


@dataclass
class DatabaseStopped(DatabaseFault):
    """The PostgreSQL server is stopped."""

    def cause(self, simulation: Simulation) -> AbstractContextManager[None]:
        return self._stop(simulation)

    @contextmanager
    def _stop(self, simulation: Simulation) -> Iterator[None]:
        store = simulation.store
        assert isinstance(store, PostgresStore)
        store.server.stop()
        yield
        store.server.start()


@dataclass
class DiscordTrouble(Fault):
    """A share of all requests to Discord fails: with 429, 5xx, a time-out or a lost connection."""

    share: float = 1.0

    async def begin(self, simulation: Simulation) -> None:
        simulation.discord.failing = self.share

    async def end(self, simulation: Simulation) -> None:
        simulation.discord.failing = 0.0


@dataclass
class GatewayGone(Fault):
    """The bot receives nothing from Discord. It can still send."""

    async def begin(self, simulation: Simulation) -> None:
        simulation.disconnect_gateway()

    async def end(self, simulation: Simulation) -> None:
        await simulation.connect_gateway()


@dataclass
class ClockLeap(Fault):
    """The host's clock is wrong for one run of the jobs."""

    by: timedelta = timedelta(hours=3)

    async def begin(self, simulation: Simulation) -> None:
        simulation.clock.error = self.by

    async def end(self, simulation: Simulation) -> None:
        simulation.clock.error = timedelta(0)


@dataclass
class ClosedMessages(Fault):
    """A person doesn't accept direct messages."""

    person: Person | None = None
    disturbs = False

    async def begin(self, simulation: Simulation) -> None:
        assert self.person is not None
        simulation.discord.closed_dms.add(self.person.id)

    async def end(self, simulation: Simulation) -> None:
        assert self.person is not None
        simulation.discord.closed_dms.discard(self.person.id)


@dataclass
class Absence(Fault):
    """A member leaves the server and comes back."""

    person: Person | None = None
    disturbs = False

    async def begin(self, simulation: Simulation) -> None:
        assert self.person is not None
        await simulation.leave(self.person, simulation.guilds[0])

    async def end(self, simulation: Simulation) -> None:
        assert self.person is not None
        await simulation.come_back(self.person, simulation.guilds[0])


@dataclass
class Farewell(Fault):
    """A member erases their data and leaves; if that fails, they try again at the end."""

    person: Person | None = None
    disturbs = False

    async def begin(self, simulation: Simulation) -> None:
        assert self.person is not None
        await simulation.erase(self.person, simulation.guilds[0])

    async def end(self, simulation: Simulation) -> None:
        await self.begin(simulation)


def plan(chance: random.Random, minutes: int, simulation: Simulation) -> list[Fault]:
    """Choose faults for that many minutes: every kind once, and more of those that are short.

    The disturbing ones don't overlap, so that each can be seen to end.
    """
    is_file = isinstance(simulation.store, SqliteStore)
    share = max(1, minutes // 240)
    faults: list[Fault] = []

    def kill(downtime: int) -> Fault:
        return Kill(0, downtime, points=chance.randrange(1, 120))

    for _ in range(share):
        faults += [kill(0), kill(chance.randrange(1, 5)), kill(chance.randrange(6, 20))]
        faults += [DiscordTrouble(0, chance.randrange(2, 15), share=chance.choice((0.3, 1.0)))]
        faults += [GatewayGone(0, chance.randrange(1, 10))]
        leap = timedelta(hours=chance.choice((-30, -1, 3, 26, 96)))
        faults += [ClockLeap(0, 1, by=leap)]
        if is_file:
            faults += [DatabaseLocked(0, chance.randrange(1, 8)), DiskFull(0, 3)]
        else:
            faults += [DatabaseStopped(0, chance.randrange(1, 8))]
    if minutes >= 600:
        faults += [kill(chance.randrange(120, 240)), DiscordTrouble(0, 100)]
    chance.shuffle(faults)
    _spread(faults, chance, minutes)
    people = list(simulation.crowd.people)
    chance.shuffle(people)
    for number in range(share):
        at = chance.randrange(minutes // 2)
        faults.append(ClosedMessages(at, minutes // 3, person=people[-1 - number % len(people)]))
        faults.append(SlowDisk(chance.randrange(minutes), minutes // 10))
    members = [each for each in people if simulation.guilds[0].id in each.members]
    ordinary = [each for each in members if not simulation.has_role(each)]
    faults.append(Absence(minutes // 3, minutes // 5, person=ordinary[0]))
    faults.append(Farewell(minutes // 2, minutes // 4, person=ordinary[1]))
    return sorted(faults, key=lambda fault: fault.at)


def _spread(faults: Sequence[Fault], chance: random.Random, minutes: int) -> None:
    """Place faults one after the other, with random pauses."""
    spare = max(0, minutes - 5 - sum(fault.minutes + 1 for fault in faults))
    at = 3
    for fault in faults:
        pause = chance.randrange(2 * spare // len(faults) + 1)
        pause = min(pause, spare)
        spare -= pause
        at += pause
        fault.at = at
        at += fault.minutes + 1
