"""A guild that meets at a provider's stand-in, with a worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from integrations.egress import Egress
from integrations.meetings.daily import Daily, DailyAccount
from integrations.meetings.jitsi import Jitsi, JitsiAccount
from integrations.meetings.provider import MeetingProvider
from integrations.meetings.worker import MeetingWorker
from integrations.meetings.zoom import Zoom, ZoomAccount
from mentorbot.jobs import integration_jobs
from mentorship.actors import Actor
from mentorship.meetings.work import LEASE
from mentorship.mentors import meeting_link
from mentorship.sessions import transitions
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import Event, ProviderMeeting
from tests.integrations.meetings.standins import DailyStandIn, StandIn, ZoomStandIn, serving
from tests.mentorship.support.community import TUESDAY_NOON, Community

JITSI = "https://meet.example.org"


@dataclass
class Place:
    """A guild whose sessions take place at `provider`, and the provider's stand-in."""

    town: Community
    provider: str
    server: StandIn
    worker: MeetingWorker
    mentor: Actor
    mentee: Actor

    async def agree(self, **booking: Any) -> SessionView:
        """Book a session and confirm it."""
        booking = {"start": TUESDAY_NOON} | booking
        session = await self.town.book(self.mentee, self.mentor, **booking)
        await self.town.db.run(transitions.confirm, self.mentor, session.id)
        return session

    async def work(self) -> int:
        """Let the worker do what is due, after what has happened."""
        await integration_jobs.follow_events(self.town.db)
        return await self.worker.run()

    async def work_later(self, **by: float) -> int:
        """Let the worker do what is due after some time; after a lease by default."""
        delta = timedelta(**by) if by else LEASE
        self.town.clock.turn(seconds=delta.total_seconds())
        return await self.work()

    async def link(self, session: SessionView) -> str | None:
        """Return the link that the session's mentee sees."""
        return (await self.town.reload(session)).link_for(self.mentee.user_id, self.town.clock.now)

    async def rows(self) -> Sequence[Row[*tuple[Any, ...]]]:
        """Load what is stored of all meetings."""

        async def load(tx: Transaction) -> Sequence[Row[*tuple[Any, ...]]]:
            query = select(*ProviderMeeting.__table__.c).order_by(ProviderMeeting.id)
            return (await tx.connection.execute(query)).all()

        return await self.town.db.read(load)

    async def events(self, kind: str) -> Sequence[Any]:
        """Load the facts of all events of a type."""

        async def load(tx: Transaction) -> Sequence[Any]:
            query = select(Event.facts).where(Event.type == kind).order_by(Event.id)
            return (await tx.connection.scalars(query)).all()

        return await self.town.db.read(load)

    def existing(self) -> list[tuple[str, int, int]]:
        """List the meetings at the provider: their key, and the minutes of start and length."""
        if isinstance(self.server, ZoomStandIn):
            return sorted(
                (each["agenda"], each["start_time"], each["duration"])
                for each in self.server.meetings.values()
            )
        assert isinstance(self.server, DailyStandIn)
        return sorted(
            (name, each["config"]["nbf"], each["config"]["exp"])
            for name, each in self.server.rooms.items()
        )


def providers_of(server: StandIn, egress: Egress) -> dict[str, MeetingProvider]:
    """Return the provider that a stand-in is for."""
    if isinstance(server, ZoomStandIn):
        account = ZoomAccount(
            server.account_id, server.client_id, server.client_secret, server.users
        )
        urls = {"api": f"{server.url}/v2", "login": f"{server.url}/oauth/token"}
        return {"zoom": Zoom(egress, account, **urls)}
    assert isinstance(server, DailyStandIn)
    return {"daily": Daily(egress, DailyAccount(server.api_key), api=f"{server.url}/v1")}


@asynccontextmanager
async def meeting_at(
    town: Community, server: StandIn, *, with_jitsi: bool = False, own_link: str | None = None
) -> AsyncIterator[Place]:
    """Open a guild that meets at a provider. The documentation must allow all its requests."""
    async with serving(server), Egress(allow_private=True, timeout_s=1.0) as egress:
        providers = providers_of(server, egress)
        [name] = providers
        if with_jitsi:
            providers["jitsi"] = Jitsi(JitsiAccount(JITSI))
        await town.configure(meeting_place=name, log_channel_id=99)
        mentor = await town.mentor("Oliver")
        mentee = await town.member("Maya", points=1_000)
        place = Place(town, name, server, MeetingWorker(town.db, providers), mentor, mentee)
        if own_link is not None:
            await town.db.run(meeting_link.change, mentor, own_link)
        # The worker begins with the events from now on.
        await place.work()
        yield place
    assert server.violations == []
