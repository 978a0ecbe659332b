"""Sends webhooks: gives events their positions, and makes the deliveries that are due.

Any number of processes may do so at the same time. Requests run at once, up to `MAX_IN_FLIGHT`;
their outcomes are recorded in batches, since each transaction costs a write to the disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from integrations import webhook_signing
from integrations.egress import Egress, NoAnswer
from mentorship import faults
from mentorship.webhooks import fan_out, feed, outcomes, removal, sending
from mentorship.webhooks.feed_events import FeedEvent, Renderer
from mentorship.webhooks.outcomes import Outcome
from mentorship.webhooks.sending import Attempt, Problem, Work
from storage import Database, Transaction

log = logging.getLogger(__name__)

MAX_IN_FLIGHT = 256
"""Requests that a process makes at the same time."""

MAX_FAILING = MAX_IN_FLIGHT // 2
"""How many of these go to endpoints whose last request failed: they may hang until the timeout."""

CLAIM_SIZE = 128
"""Deliveries that are claimed in one transaction, at most."""

POLL_S = 0.5
"""Seconds between two looks for new deliveries while requests are running."""

GATHER_S = 0.03
"""Seconds in which outcomes are gathered, so that one transaction records several."""

ROUNDS_BETWEEN_LOOKS = 4
"""Claims in a row after which events without deliveries are looked for again."""

RenderTest = Callable[[str, int, datetime], bytes]
"""Returns the body of a test delivery, for its message id, its guild and the time."""


class WebhookSender:
    """Makes the deliveries of one process. `render` and `render_test` make the bodies."""

    def __init__(
        self, database: Database, egress: Egress, render: Renderer, render_test: RenderTest
    ) -> None:
        self._database = database
        self._egress = egress
        self._render = render
        self._render_test = render_test
        self._running: dict[asyncio.Task[Outcome], Attempt] = {}
        self._is_stopping = False

    def stop(self) -> None:
        """Begin nothing new. `run` then ends as soon as the requests that are running have."""
        self._is_stopping = True

    async def run(self, after_step: Callable[[], None] = lambda: None) -> int:
        """Do all that is due, and return how many attempts were made. Ends when nothing is left.

        `after_step` is called after each round. If the caller is cancelled, or an error leaves
        this, requests are cut off, and made again once their leases end.
        """
        made = rounds = 0
        has_claimed = False
        try:
            while True:
                # While there are deliveries to claim, other work is looked for now and then.
                if not has_claimed or rounds % ROUNDS_BETWEEN_LOOKS == 0:
                    work = await self._find_work()
                    if work.is_none and not self._running:
                        return made
                    await self._prepare(work)
                rounds += 1
                has_claimed = (
                    work.deliveries and not self._is_stopping and await self._start_attempts()
                )
                if self._running:
                    made += await self._record(await self._finished(0 if has_claimed else POLL_S))
                elif work.deliveries and not has_claimed:
                    # Other processes are making them.
                    return made
                after_step()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            self._running.clear()

    async def _find_work(self) -> Work:
        if self._is_stopping:
            return Work(new_events=False, replays=False, removed=False, deliveries=False)
        return await self._database.read(sending.find_work)

    async def _prepare(self, work: Work) -> None:
        """Create deliveries for some events, and delete some of deleted endpoints."""
        if work.new_events:
            await self._database.run(feed.assign)
        if work.replays:
            await self._database.run(fan_out.replay_some)
        if work.removed:
            await self._database.run(removal.delete_removed)

    async def _start_attempts(self) -> bool:
        """Claim deliveries and start their requests. Returns whether there may be more to claim."""
        room = min(MAX_IN_FLIGHT - len(self._running), CLAIM_SIZE)
        if room < min(CLAIM_SIZE, MAX_IN_FLIGHT) // 2:
            return False
        in_flight = Counter(attempt.endpoint_id for attempt in self._running.values())
        failing = sum(attempt.is_failing for attempt in self._running.values())
        claim = await self._database.run(
            sending.claim, room, in_flight, skip_failing=failing >= MAX_FAILING
        )
        bodies = await self._render_bodies(claim.attempts)
        for attempt in claim.attempts:
            task = asyncio.create_task(self._attempt(attempt, bodies.get(attempt.message_id)))
            self._running[task] = attempt
        return bool(claim.attempts) or claim.settled > 0

    async def _render_bodies(self, attempts: Sequence[Attempt]) -> Mapping[str, bytes]:
        """Return the bodies by message id, without those of events that can't be rendered."""
        now = self._database.now()
        bodies = {
            attempt.message_id: self._render_test(attempt.message_id, attempt.guild_id, now)
            for attempt in attempts
            if attempt.event_id is None
        }
        ids = sorted({each.event_id for each in attempts if each.event_id is not None})
        if not ids:
            return bodies
        try:
            of_events = await self._database.read(self._render_events, ids)
        except Exception as error:
            if not faults.concerns_row(error):
                raise
            of_events = {}
            for event_id in ids:
                of_events |= await self._render_alone(event_id)
        return bodies | {
            attempt.message_id: of_events[attempt.event_id]
            for attempt in attempts
            if attempt.event_id is not None and attempt.event_id in of_events
        }

    async def _render_alone(self, event_id: int) -> Mapping[int, bytes]:
        """Render one event, so that one that can't be rendered doesn't hold up the others."""
        try:
            return await self._database.read(self._render_events, [event_id])
        except Exception as error:
            if not faults.concerns_row(error):
                raise
            faults.note_shown(self._database, faults.FaultKind.EVENT_VIEW, event_id, error)
            return {}

    async def _render_events(self, tx: Transaction, event_ids: list[int]) -> Mapping[int, bytes]:
        events: list[FeedEvent] = await feed.load_events(tx, event_ids)
        return await self._render(tx, events)

    async def _attempt(self, attempt: Attempt, body: bytes | None) -> Outcome:
        """Make one request. Never raises, except for its cancellation."""
        if body is None:
            return Outcome(attempt, problem=Problem.NOT_RENDERED)
        try:
            headers = webhook_signing.headers(
                attempt.message_id, self._database.now(), body, attempt.secrets
            )
            answer = await self._egress.post(attempt.url, body, headers)
        except NoAnswer as error:
            return Outcome(attempt, problem=error.failure)
        except Exception:
            log.exception("can't send a webhook", extra={"delivery": attempt.id})
            return Outcome(attempt, problem=Problem.NOT_RENDERED)
        return Outcome(attempt, status=answer.status)

    async def _finished(self, timeout_s: float) -> list[Outcome]:
        """Wait for a request to end, `timeout_s` at most, and a moment more for others."""
        done, _ = await asyncio.wait(
            self._running, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        if done and len(done) < len(self._running):
            await asyncio.sleep(GATHER_S)
        ended = [task for task in self._running if task.done()]
        for task in ended:
            del self._running[task]
        return [task.result() for task in ended]

    async def _record(self, ended: Sequence[Outcome]) -> int:
        if ended:
            await self._database.run(outcomes.record, ended)
        return len(ended)
