"""People who act at random, one act after the other, each in a task of their own."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from mentorship.actors import Actor
from mentorship.errors import MentorshipError
from mentorship.sessions import session_views
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from storage import Database, DatabaseUnavailable, OutcomeUnknown
from storage.deduplication import AlreadyHandled
from tests.crash.activity import acts
from tests.crash.activity.choices import Choice, Chooser, next_hour
from tests.crash.activity.group_acts import GroupAct
from tests.crash.activity.journal import Act, Journal, Outcome
from tests.mentorship.support.community import USE_CASES

PAUSE_S = 0.02
"""Seconds before somebody who finds nothing to do, or no database, tries again."""

RESOLUTIONS = (Action.PAY, Action.REFUND, Action.SPLIT)


class Person(ABC):
    """Somebody who acts for as long as the program runs.

    `repeats` are the acts to which they got no answer from an earlier program.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        actor: Actor,
        rng: random.Random,
        next_id: Callable[[], int],
        repeats: Iterable[Act] = (),
    ) -> None:
        self.database, self.actor, self.rng = database, actor, rng
        self._journal, self._next_id = journal, next_id
        self._repeats = deque(repeats)

    @abstractmethod
    async def choose(self) -> Act | None:
        """Return what to do next, or None if there is nothing."""

    async def act_forever(self) -> None:
        while True:
            try:
                act = self._repeats.popleft() if self._repeats else await self.choose()
            except DatabaseUnavailable:
                act = None
            if act is not None and await self._perform(act):
                print("answered", flush=True)
            else:
                await asyncio.sleep(PAUSE_S)

    def new_act(self, kind: str, **facts: Any) -> Act:
        """Return a new act of this person."""
        return Act(self._next_id(), self.actor.user_id, kind, facts)

    async def _perform(self, act: Act) -> bool:
        """Do an act and write how it ended. Returns whether there was an answer."""
        self._journal.write_act(act)
        try:
            answer = await acts.perform(self.database, self.actor, act)
        except MentorshipError as error:
            self._journal.write_outcome(act, Outcome.REFUSED, error.code)
        except AlreadyHandled:
            self._journal.write_outcome(act, Outcome.ALREADY_DONE)
        except DatabaseUnavailable as error:
            # An erasure has several transactions, of which the first may have been committed.
            is_doubtful = isinstance(error, OutcomeUnknown) or act.kind == acts.ERASE
            outcome = Outcome.UNKNOWN if is_doubtful else Outcome.UNAVAILABLE
            self._journal.write_outcome(act, outcome)
            self._repeats.append(act)
            return False
        except Exception as error:
            self._journal.write_bug(act, error)
            raise
        else:
            self._journal.write_outcome(act, Outcome.DONE, answer)
        return True


class Regular(Person):
    """A mentor or mentee who does all that two people can do to each other.

    `gifts` is how many gifts they have tried to give: each has another amount, by which it is
    found.
    """

    def __init__(
        self,
        *arguments: Any,
        mentors: Sequence[int],
        others: Sequence[int],
        gifts: int,
        is_mentor: bool,
        rare_mentor: int,
        **more: Any,
    ) -> None:
        super().__init__(*arguments, **more)
        self._mentors, self._others, self._gifts = mentors, others, gifts
        self._chooser = Chooser(
            self.database, self.actor, self.rng, mentors, others, is_mentor, rare_mentor
        )

    async def choose(self) -> Act | None:
        choices = (
            (self._book, 25),
            (self._act, 50),
            (self._give, 10),
            (self._rate, 10),
            (self._act_on_group, 50),
            (self._offer, 40),
        )
        functions, weights = zip(*choices, strict=True)
        act: Act | None = await self.rng.choices(functions, weights)[0]()
        return act

    async def _act_on_group(self) -> Act | None:
        return self._act_of(await self._chooser.group_act())

    async def _offer(self) -> Act | None:
        return self._act_of(await self._chooser.offer_act())

    def _act_of(self, choice: Choice) -> Act | None:
        if choice is None:
            return None
        kind, facts = choice
        return self.new_act(kind, **facts)

    async def _book(self) -> Act:
        start = next_hour(self.database) + timedelta(hours=self.rng.randrange(72))
        mentor = self.rng.choice(self._mentors)
        return self.new_act(acts.BOOK, mentor=mentor, start=start.isoformat())

    async def _act(self) -> Act | None:
        sessions = await self.database.read(session_views.list_upcoming, self.actor, 100)
        now = self.database.now()
        possible = [
            (session, action)
            for session in sessions
            for action in session.actions(self.actor.user_id, now)
            if action in USE_CASES or action is Action.KEEP_SEAT
        ]
        if not possible:
            return None
        session, action = self.rng.choices(possible, [_weight(action) for _, action in possible])[0]
        if session.group_id is not None and action is Action.CANCEL:
            return self.new_act(GroupAct.LEAVE, group=session.group_id, session=session.id)
        if action is not Action.PROPOSE:
            return self.new_act(action, session=session.id)
        return self._propose(session)

    def _propose(self, session: SessionView) -> Act:
        start = next_hour(self.database) + timedelta(hours=self.rng.randrange(72))
        return self.new_act(Action.PROPOSE, session=session.id, start=start.isoformat())

    async def _give(self) -> Act:
        self._gifts += 1
        return self.new_act(acts.GIVE, to=self.rng.choice(self._others), amount=self._gifts)

    async def _rate(self) -> Act | None:
        rateable = await self.database.read(session_views.list_rateable, self.actor)
        unrated = [session for session in rateable if session.stars is None]
        if not unrated:
            return None
        session = self.rng.choice(unrated)
        return self.new_act(acts.RATE, session=session.id, stars=self.rng.randrange(1, 6))


class Visitor(Person):
    """Somebody who joins, books, erases their data, and may come back, again and again."""

    def __init__(self, *arguments: Any, mentors: Sequence[int], **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._mentors = mentors

    async def choose(self) -> Act:
        kind = self.rng.choices([acts.JOIN, acts.BOOK, acts.ERASE], [1, 4, 2])[0]
        if kind != acts.BOOK:
            return self.new_act(kind)
        start = next_hour(self.database) + timedelta(hours=self.rng.randrange(24, 72))
        mentor = self.rng.choice(self._mentors)
        return self.new_act(acts.BOOK, mentor=mentor, start=start.isoformat(), visits=True)


class Moderator(Person):
    """Whoever resolves the disputes."""

    async def choose(self) -> Act | None:
        page = await self.database.read(disputes.list_pending, self.actor)
        if not page.items:
            return None
        resolution = self.rng.choice(RESOLUTIONS)
        session = self.rng.choice(page.items)
        return self.new_act(acts.RESOLVE, session=session.id, resolution=resolution)


def _weight(action: Action) -> int:
    """Return how likely an action is, so that enough sessions take place."""
    weights = {Action.CONFIRM: 12, Action.KEEP_SEAT: 12, Action.ACCEPT_PROPOSAL: 6}
    return {**weights, Action.PROPOSE: 1}.get(action, 2)
