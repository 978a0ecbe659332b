"""The worker that makes, changes and removes meetings at providers.

Any number of processes may run it at the same time: each piece of work is claimed for a while
(`mentorship.meetings.work`). No transaction is open while a provider is asked. Whatever is killed,
the work is claimed again, and each provider finds what an earlier attempt has made.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from integrations.meetings.jitsi import Jitsi
from integrations.meetings.provider import HostedMeeting, Meeting, MeetingFailed, MeetingProvider
from mentorship.meetings import outcomes, planning, work
from mentorship.meetings.problems import MeetingProblem
from mentorship.meetings.work import LEASE, MeetingWork, Task
from storage import Database
from wording.integrations import meetings as meeting_words

log = logging.getLogger(__name__)

MAX_IN_FLIGHT = 8
"""Pieces of work that are done at the same time."""

MAX_WORK_S = 60.0
"""Seconds that a piece of work may take. What isn't done by then has failed."""

LATEST_START_S = LEASE.total_seconds() - MAX_WORK_S - 30
"""Seconds after its claim in which a piece of work may begin. A process that was frozen leaves it:
its lease may be over before the provider has answered."""


class MeetingWorker:
    """Does the work of one process at the providers that are configured, by their name."""

    def __init__(self, database: Database, providers: Mapping[str, MeetingProvider]) -> None:
        self._database = database
        self._providers = providers

    async def run(self, after_step: Callable[[], None] = lambda: None) -> int:
        """Do all that is due, and return how many pieces of work were done.

        `after_step` is called after each of them.
        """
        if await self._database.read(planning.has_missing):
            await self._database.run(planning.add_missing)
        hosts = {name: provider.hosts for name, provider in self._providers.items()}
        done = 0
        while await self._database.read(work.has_due):
            claimed_at = time.monotonic()
            pieces = await self._database.run(work.claim, hosts)
            if not pieces:
                break
            limit = asyncio.Semaphore(MAX_IN_FLIGHT)
            await asyncio.gather(
                *(self._do_in_turn(piece, claimed_at, limit, after_step) for piece in pieces)
            )
            done += len(pieces)
        return done

    async def _do_in_turn(
        self,
        piece: MeetingWork,
        claimed_at: float,
        limit: asyncio.Semaphore,
        after_step: Callable[[], None],
    ) -> None:
        async with limit:
            if time.monotonic() - claimed_at < LATEST_START_S:
                await self._do(piece)
            after_step()

    async def _do(self, piece: MeetingWork) -> None:
        """Do one piece of work and record what became of it."""
        subject = {"meeting": piece.id, "provider": piece.provider, "task": piece.task}
        try:
            async with asyncio.timeout(MAX_WORK_S):
                hosted = await self._ask(piece)
        except (MeetingFailed, TimeoutError) as error:
            failure = (
                error
                if isinstance(error, MeetingFailed)
                else MeetingFailed(MeetingProblem.UNAVAILABLE)
            )
            log.warning(
                "a meeting provider failed", extra={**subject, "problem": failure.problem.value}
            )
            await self._database.run(
                outcomes.record_failure,
                piece,
                failure.problem,
                failure.retry_after,
                await self._spare_room(piece),
            )
            return
        except Exception as error:
            # A bug of ours must not stop the other meetings.
            await self._database.run(outcomes.record_fault, piece, error)
            return
        if hosted is None:
            await self._database.run(outcomes.record_removed, piece)
            return
        counts = await self._database.run(
            outcomes.record_made, piece, hosted.external_id, hosted.join_url, hosted.host_url
        )
        if not counts:
            log.warning("a meeting was made twice; this one is removed", extra=subject)
            with suppress(MeetingFailed):
                await self._provider(piece).remove(_meeting(piece, hosted.external_id))

    async def _ask(self, piece: MeetingWork) -> HostedMeeting | None:
        """Ask the provider. Returns None after a removal. Raises `MeetingFailed`."""
        provider = self._provider(piece)
        meeting = _meeting(piece, piece.external_id)
        if piece.task is Task.REMOVE:
            # Without a host, nothing was ever asked for.
            if piece.host is not None:
                await provider.remove(meeting)
            return None
        if piece.host is None:
            raise MeetingFailed(MeetingProblem.NO_FREE_HOST)
        if piece.task is Task.CREATE:
            return await provider.create(meeting)
        return await provider.update(meeting)

    def _provider(self, piece: MeetingWork) -> MeetingProvider:
        provider = self._providers.get(piece.provider)
        if provider is None:
            raise MeetingFailed(MeetingProblem.NOT_CONFIGURED)
        return provider

    async def _spare_room(self, piece: MeetingWork) -> str | None:
        """Return the link of a Jitsi room for a meeting elsewhere, since one needs no request."""
        jitsi = self._providers.get("jitsi")
        if not isinstance(jitsi, Jitsi) or piece.provider == "jitsi":
            return None
        return (await jitsi.create(_meeting(piece, None))).join_url


def _meeting(piece: MeetingWork, external_id: str | None) -> Meeting:
    return Meeting(
        room_key=piece.room_key,
        title=meeting_words.title(piece.title),
        starts_at=piece.starts_at,
        ends_at=piece.ends_at,
        host=piece.host or "",
        server=piece.server,
        external_id=external_id,
        may_exist=piece.may_exist,
    )
