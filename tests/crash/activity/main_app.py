"""The main app, which calls the program's API over HTTP and survives its kills.

Each call has an idempotency key. One that got no answer is sent again, with its key, to the next
program.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from mentorship.actors import Actor
from tests.api.server import ApiServer, booking_body
from tests.crash.activity import acts
from tests.crash.activity.journal import Act, Journal, Outcome
from tests.crash.activity.people import PAUSE_S

FIRST_ID = 10**12
"""The number of the first call: higher than those of all acts within the program."""

_ids = itertools.count(FIRST_ID)


class ApiCaller:
    """Somebody whose acts the main app sends, one after the other.

    A `service` grants points to `people`; anybody else books `mentors`.
    """

    def __init__(
        self,
        journal: Journal,
        actor: Actor,
        rng: random.Random,
        *,
        mentors: Sequence[int] = (),
        people: Sequence[int] = (),
    ) -> None:
        self.actor = actor
        self._journal, self._rng = journal, rng
        self._mentors, self._people = mentors, people
        self._repeats: deque[Act] = deque()

    async def call_forever(self, address: str, now: datetime) -> None:
        """Call the API at an address until it can't be reached."""
        scope = "service" if self._people else "member"
        api = ApiServer(address, [])
        async with api.client_of(self.actor, scope) as client:
            while True:
                act = self._repeats.popleft() if self._repeats else self._choose(now)
                self._journal.write_act(act)
                outcome, answer = await self._send(client, act)
                self._journal.write_outcome(act, outcome, answer)
                if outcome in (Outcome.UNKNOWN, Outcome.UNAVAILABLE):
                    self._repeats.append(act)
                if answer == "unreachable":
                    return

    def _choose(self, now: datetime) -> Act:
        if self._people:
            facts: dict[str, Any] = {"to": self._rng.choice(self._people), "amount": 7}
            return Act(next(_ids), self.actor.user_id, acts.GRANT, facts)
        hour = now.replace(minute=0, second=0, microsecond=0)
        start = hour + timedelta(hours=self._rng.randrange(2, 96))
        facts = {"mentor": self._rng.choice(self._mentors), "start": start.isoformat()}
        return Act(next(_ids), self.actor.user_id, acts.BOOK, facts)

    async def _send(self, client: httpx.AsyncClient, act: Act) -> tuple[Outcome, Any]:
        path, body = _request(act)
        try:
            response = await client.post(path, json=body, headers={"Idempotency-Key": str(act.id)})
        except httpx.TransportError:
            return Outcome.UNKNOWN, "unreachable"
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            await asyncio.sleep(PAUSE_S)
            is_doubtful = response.json()["code"] == "outcome-unknown"
            return Outcome.UNKNOWN if is_doubtful else Outcome.UNAVAILABLE, None
        if response.is_client_error:
            return Outcome.REFUSED, response.json()["code"]
        assert response.is_success, response.text
        return Outcome.DONE, int(response.json()["id"])


def _request(act: Act) -> tuple[str, Mapping[str, Any]]:
    facts = act.facts
    if act.kind == acts.BOOK:
        return "/book", booking_body(facts["mentor"], scheduledAt=facts["start"], notes=act.mark)
    return "/points/transfers", {
        "userId": str(facts["to"]),
        "kind": "grant",
        "amount": facts["amount"],
        "reason": act.mark,
    }
