"""A community in simulated time: its people, the program, and what goes wrong.

Each minute, faults begin and end, some people act, the jobs run, and the model is compared with the
tables. What the program says at the wrong time, or an error without a fault that explains it, is a
broken promise as well.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
import simcord
from simcord.backend import serializers

from bot.client import permissions
from bot.errors import is_handled_elsewhere
from mentorbot.logs import PACKAGES
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import editor, timezone_change
from mentorship.errors import MentorshipError
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.notifications import preferences
from mentorship.operations import backup_log
from mentorship.time.quiet_hours import QuietHours
from tests.journeys.support.simulated_guild import SETTLE_TIMEOUT, grant_to_bot, whole_seconds
from tests.mentorship.histories.model import Policy
from tests.mentorship.support.community import BIO, HIGH_LIMITS
from tests.simulated_day.acts import Act, Outcome
from tests.simulated_day.discord_line import DiscordLine
from tests.simulated_day.downtimes import Downtimes
from tests.simulated_day.faults import Fault
from tests.simulated_day.model import STARTING_POINTS, BrokenPromise, CommunityModel, Terms
from tests.simulated_day.people import Crowd, Person
from tests.simulated_day.program import Killed, Program
from tests.simulated_day.promises import check_nothing_is_late
from tests.simulated_day.scrapes import Scrapes
from tests.simulated_day.store import Store

START = datetime(2026, 3, 7, 18, tzinfo=UTC)
"""Saturday evening. America's clocks change the next morning at 10:00 UTC, in each zone's night."""

TERMS = Terms(confirm_within=120, complete_after=60)
"""Short enough for a session to be over within a day."""

RECOVERY = timedelta(minutes=15)
"""How long after a fault the program may still be busy with what was left undone."""

ZONES = ("America/New_York", "America/Chicago", "Europe/London", "Asia/Kolkata", "Asia/Tokyo")
NIGHTS = (None, None, QuietHours(22 * 60, 7 * 60), QuietHours(60, 600))

_LOGGERS = (*PACKAGES, "wording", "discord", "asyncio")


@dataclass(frozen=True)
class GuildOfDay:
    """A server: where people type commands, and where moderators decide."""

    handle: simcord.GuildHandle
    channel: simcord.ChannelHandle
    review: simcord.ChannelHandle
    moderators: simcord.RoleHandle
    mentors: simcord.RoleHandle

    @property
    def id(self) -> int:
        return self.handle.id


class ErrorLog(logging.Handler):
    """Collects what the program logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@dataclass
class HostClock:
    """The clocks of the host on which the program runs. Discord's clock, simcord's, is right.

    `error` is by how much the system clock is wrong.
    """

    env: simcord.Env | None = None
    error: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """Return the time of the system clock."""
        return (START if self.env is None else whole_seconds(self.env)) + self.error

    def uptime(self) -> float:
        """Return seconds of a clock that nobody can set."""
        return (self() - self.error - START).total_seconds()


@dataclass
class Simulation:
    """The state of a simulation. `run` makes time pass."""

    env: simcord.Env
    clock: HostClock
    store: Store
    program: Program
    discord: DiscordLine
    model: CommunityModel
    chance: random.Random
    guilds: list[GuildOfDay] = field(default_factory=list)
    commit_delay: float = 0.0
    manager_id: int = 1
    forgotten: list[tuple[int, int]] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    errors: ErrorLog = field(default_factory=ErrorLog)
    minute: int = 0
    scrapes: Scrapes = field(default_factory=lambda: Scrapes(START.timestamp()))

    def __post_init__(self) -> None:
        self.crowd = Crowd(self, self.chance)
        self._active: list[Fault] = []
        self._disturbed_at = self.now - RECOVERY
        self._silent_since: datetime | None = None
        self._gateway_feed: Any = None
        self._errors_seen = 0

    # --- Time ---

    @property
    def now(self) -> datetime:
        """The true time, which Discord's clock shows."""
        return whole_seconds(self.env)

    @property
    def is_disturbed(self) -> bool:
        """Whether answers may fail now."""
        return self.program.is_dead or any(fault.disturbs for fault in self._active)

    @property
    def is_calm(self) -> bool:
        """Whether nothing has gone wrong for long enough that nothing may be late."""
        return not self.is_disturbed and self.now - self._disturbed_at >= RECOVERY

    async def run(self, minutes: int, faults: Sequence[Fault], busy: float = 0.85) -> None:
        """Let time pass with these faults. `busy` is how likely each minute somebody acts.

        Raises `BrokenPromise` with the latest faults and acts.
        """
        waiting = sorted(faults, key=lambda fault: fault.at)
        try:
            for minute in range(minutes):
                self.minute = minute
                await self.env.advance_time(60)
                for fault in [each for each in self._active if each.at + each.minutes <= minute]:
                    await self._end(fault)
                while waiting and waiting[0].at <= minute:
                    await self._begin(waiting.pop(0))
                await self._spend_minute(busy)
            for fault in list(self._active):
                await self._end(fault)
        except BrokenPromise as error:
            for line in self.history[-12:]:
                error.add_note(line)
            raise

    async def _spend_minute(self, busy: float) -> None:
        await self._live(busy)
        await self._note_silence()
        await self._scrape()
        if self.is_disturbed:
            self._disturbed_at = self.now
        self._judge_errors()
        if self.is_calm and self.minute % 10 == 0:
            await check_nothing_is_late(self.store, self.now)
        if self.trouble:
            raise BrokenPromise("; ".join(self.trouble))

    async def _live(self, busy: float) -> None:
        """Let the jobs run and people act, at the same time or one after the other."""
        is_leaping = bool(self.clock.error)

        async def let_people_act(jobs_run: bool) -> None:
            while self.chance.random() < busy and not self.program.is_dead and not is_leaping:
                act = await self.crowd.act()
                if act is not None:
                    await self._compare([act], jobs_ran=jobs_run)
                    await self.program.deliver_if_woken()

        if self.program.is_dead:
            pass  # Nobody can do anything.
        elif self.chance.random() < 0.3:
            await asyncio.gather(let_people_act(jobs_run=True), self.program.run_jobs())
            await self._compare([], jobs_ran=True)
        else:
            await self.program.run_jobs()
            await self._compare([], jobs_ran=True)
            await let_people_act(jobs_run=False)

    async def _scrape(self) -> None:
        """Read the metrics, as Prometheus does each minute."""
        text: str | None = None
        if not self.program.is_dead:
            try:
                text = await self.program.scrape()
            except Exception as error:
                self.excuse(error)
        self.scrapes.record(text, self.program.started_at.timestamp())

    async def _compare(self, acts: Sequence[Act], *, jobs_ran: bool) -> None:
        self.acts += acts
        self.history += [f"{self.now:%d %H:%M} {act}" for act in acts]
        if not any(type(fault).__name__ == "DatabaseStopped" for fault in self._active):
            await self.model.compare(acts, self.now, jobs_ran=jobs_ran)

    async def _note_silence(self) -> None:
        """Keep the record of downtimes: what the program can't write, it doesn't serve."""
        is_silent = self.program.is_dead or any(fault.silences for fault in self._active)
        if is_silent and self._silent_since is None:
            self._silent_since = self.now
        elif not is_silent and self._silent_since is not None:
            # Of the minutes at both ends, the program has served a part.
            self.model.downtimes.add(self._silent_since, self.now - timedelta(minutes=1))
            self._silent_since = None

    # --- Faults ---

    async def _begin(self, fault: Fault) -> None:
        self.history.append(f"{self.now:%d %H:%M} begins: {fault}")
        self._active.append(fault)
        await fault.begin(self)
        if fault.minutes == 0:
            await self._live(0.85)
            await self._end(fault)

    async def _end(self, fault: Fault) -> None:
        self.history.append(f"{self.now:%d %H:%M} ends: {fault}")
        await fault.end(self)
        self._disturbed_at = self.now if fault.disturbs else self._disturbed_at
        self._active.remove(fault)

    async def start_again(self) -> None:
        """Kill the program, if it is not dead yet, and start another one with what it has left."""
        self.program.switch.kill()
        await self.env.settle()
        await self.store.take_over()
        await self.model.compare([], self.now, jobs_ran=False)
        killed, self.program = self.program, self.create_program()
        await self.env.restart_bot(self.program.bot)
        await killed.close()
        self._gateway_feed = None

    def create_program(self) -> Program:
        return Program(self.store.url, self.clock, self.clock.uptime, lambda: self.commit_delay)

    def disconnect_gateway(self) -> None:
        """Let nothing that Discord sends reach the bot."""
        self.program.connection.is_cut = True
        self._gateway_feed = self.env._gateway_feed
        self.env.backend.subscribers.remove(self._gateway_feed)

    async def connect_gateway(self) -> None:
        """Connect the bot again, which gets the present state of all servers."""
        self.program.connection.is_cut = False
        self.env.backend.subscribers.append(self._gateway_feed)
        for guild in self.env.backend.guilds.values():
            payload = serializers.guild_create_payload(self.env.backend, guild)
            self._gateway_feed("GUILD_CREATE", payload)
        await self.env.settle()

    # --- People ---

    def messages(self, channel_id: int) -> list[Any]:
        """Return the messages of a channel, oldest first."""
        return list(self.env.backend.messages.get(channel_id, {}).values())

    def has_role(self, person: Person) -> bool:
        """Tell whether a person mentors or moderates."""
        mentors = {mentor for _, mentor in self.model.rates}
        return person.id in mentors.union(*self.model.moderators.values())

    async def leave(self, person: Person, guild: GuildOfDay) -> None:
        guild.handle.remove_member(person.members.pop(guild.id))
        self.model.departed.add((guild.id, person.id))
        await self.env.settle()

    async def come_back(self, person: Person, guild: GuildOfDay) -> None:
        person.members[guild.id] = guild.handle.add_member(person.user)
        await self.env.settle()

    async def erase(self, person: Person, guild: GuildOfDay) -> None:
        """Let a person erase their data, and leave once that is acknowledged."""
        if guild.id not in person.members:
            return
        act = await self.crowd.erase(person, guild)
        await self._compare([act], jobs_ran=False)
        if act.outcome is Outcome.ACKNOWLEDGED:
            self.forgotten.append((guild.id, person.id))
            await self.leave(person, guild)

    # --- Errors ---

    def excuse(self, error: BaseException) -> None:
        """Accept an error that a person has met, if a fault explains it."""
        if not self.is_disturbed and not isinstance(error, MentorshipError):
            self.trouble.append(f"{self.now}: {error!r}")

    def excuse_trouble(self, text: str) -> None:
        """Accept an answer that says that something failed, if a fault explains it."""
        if not self.is_disturbed:
            self.trouble.append(f"{self.now}: {text}")

    def _judge_errors(self) -> None:
        """Raise what the program has raised or logged, unless a fault explains it."""
        raised = self.env.errors_since(self._errors_seen)
        self._errors_seen += len(raised)
        logged, self.errors.records = self.errors.records, []
        if self.is_disturbed or self.now - self._disturbed_at <= timedelta(minutes=1):
            return
        for error in raised:
            if not _is_expected(error):
                self.trouble.append(f"raised: {error!r}")
        for record in logged:
            cause = record.exc_info[1] if record.exc_info else None
            if cause is None or not _is_expected(cause):
                self.trouble.append(f"logged: {record.getMessage()}: {cause!r} {vars(record)}")


def _is_expected(error: BaseException) -> bool:
    return isinstance(error, Killed | MentorshipError) or is_handled_elsewhere(error)


@asynccontextmanager
async def simulate(
    store: Store, seed: int, monkeypatch: pytest.MonkeyPatch, *, mentors: int, mentees: int
) -> AsyncIterator[Simulation]:
    """Open two servers with people who know each other, and the program with them."""
    chance = random.Random(seed)
    random.seed(seed)
    errors = ErrorLog()
    clock = HostClock()
    program = Program(store.url, clock, clock.uptime, lambda: simulation.commit_delay)
    env = clock.env = simcord.Env(program.bot, check_errors=False, settle_timeout=SETTLE_TIMEOUT)
    model = CommunityModel(store, Downtimes(), TERMS)
    line = DiscordLine(env, lambda: simulation.program.switch, chance)
    simulation = Simulation(env, clock, store, program, line, model, chance, errors=errors)
    line.install(monkeypatch)
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(errors)
    await env.start()
    try:
        await env.advance_time((START - env.now()).total_seconds())
        for name in ("Riverside", "Hillside"):
            simulation.guilds.append(_create_guild(env, name))
        await env.settle()
        await _move_in(simulation, mentors, mentees)
        await simulation.model.adopt()
        await program.database.run(backup_log.record, size_bytes=1, duration=timedelta(seconds=1))
        yield simulation
    finally:
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(errors)
        simulation.program.switch.kill()
        await env.shutdown()
        await simulation.program.close()
        await store.close()


def _create_guild(env: simcord.Env, name: str) -> GuildOfDay:
    handle = env.create_guild(name)
    channel = handle.create_text_channel("mentorship")
    moderators, mentors = handle.create_role("Moderators"), handle.create_role("Mentors")
    granted: discord.Permissions = permissions()
    grant_to_bot(env, handle, granted)
    return GuildOfDay(
        handle, channel, handle.create_text_channel("mentor-review"), moderators, mentors
    )


async def _move_in(simulation: Simulation, mentors: int, mentees: int) -> None:
    """Set the servers up, and let people join both or one of them."""
    chance, model, database = simulation.chance, simulation.model, simulation.program.database
    for guild in simulation.guilds:
        chief = Actor(simulation.manager_id, "Chief", guild.id, manages_guild=True)
        settings = HIGH_LIMITS | asdict(Policy()) | asdict(TERMS)
        await database.run(
            setup.configure,
            chief,
            review_channel_id=guild.review.id,
            moderator_role_id=guild.moderators.id,
            mentor_role_id=guild.mentors.id,
            reminders=[60, 10],
            starting_balance=STARTING_POINTS,
            **settings,
        )
    first, _ = simulation.guilds
    for number in range(mentors + mentees + 2):
        person = Person(simulation.env.create_user(f"Person{number:02}"), chance.choice(ZONES))
        simulation.crowd.people.append(person)
        is_mentor, moderates = number < mentors, number >= mentors + mentees
        for guild in simulation.guilds if number % 2 == 0 else [first]:
            roles = (guild.moderators,) if moderates else ()
            person.members[guild.id] = guild.handle.add_member(person.user, roles=roles)
            actor = Actor(person.id, person.user.name, guild.id)
            await database.run(timezone_change.set_timezone, actor, person.zone)
            night = chance.choice(NIGHTS)
            if night is not None:
                await database.run(preferences.set_quiet_hours, actor, night)
            if moderates:
                model.moderators[guild.id].add(person.id)
            if is_mentor:
                rate = chance.choice((10, 25, 45))
                chief = Actor(simulation.manager_id, "Chief", guild.id, manages_guild=True)
                application = await database.run(
                    applications.apply, actor, ProfileContent(["python"], rate, BIO)
                )
                await database.run(
                    application_review.decide, chief, application.id, Decision.APPROVED
                )
                await database.run(editor.set_weekly, actor, "daily 0:00-24:00")
                model.rates[guild.id, person.id] = rate
    for guild in simulation.guilds:
        model.moderators[guild.id].add(simulation.manager_id)
