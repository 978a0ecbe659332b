"""Routes that list a whole server's sessions and members, for the main app."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import ServiceCaller
from api.openapi import error_responses
from api.pagination import load_page
from api.schemas.service.guild_lists import (
    ChangesQuery,
    GuildMember,
    GuildMemberPage,
    GuildSessionPage,
    GuildSessionQuery,
    as_of,
)
from api.schemas.sessions.sessions import STATUSES, MentorshipSession
from mentorship.actors import Actor
from mentorship.main_app import guild_lists
from mentorship.pagination import Page
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction

router = APIRouter(tags=["service"])


@router.get("/sessions", summary="List the server's sessions", responses=error_responses())
async def list_guild_sessions(
    caller: ServiceCaller, query: Annotated[GuildSessionQuery, Query()]
) -> GuildSessionPage:
    """Return all sessions and seats of the server, those that changed the longest ago first. One
    that changes while you follow the cursors moves towards the end: it may come twice, but none is
    skipped."""
    statuses = frozenset(STATUSES[name] for name in query.status) or frozenset(SessionStatus)
    started_at = caller.now()

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[SessionView]:
        return await guild_lists.list_sessions(
            tx, actor, statuses, query.updated_since, cursor, query.limit
        )

    page = await load_page(caller, load, query)
    viewer, now = caller.actor.user_id, caller.now()
    return GuildSessionPage(
        sessions=[MentorshipSession.from_domain(session, viewer, now) for session in page.items],
        as_of=as_of(started_at),
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.get("/members", summary="List the server's members", responses=error_responses())
async def list_guild_members(
    caller: ServiceCaller, query: Annotated[ChangesQuery, Query()]
) -> GuildMemberPage:
    """Return the people of the server whom the bot or your app knows, those that changed the
    longest ago first, also those who left. Cursors work as for `GET /sessions`."""
    started_at = caller.now()

    async def load(
        tx: Transaction, actor: Actor, cursor: str | None
    ) -> Page[guild_lists.GuildMember]:
        return await guild_lists.list_members(tx, actor, query.updated_since, cursor, query.limit)

    page = await load_page(caller, load, query)
    return GuildMemberPage(
        members=[GuildMember.from_domain(member) for member in page.items],
        as_of=as_of(started_at),
        next_cursor=page.next,
        previous_cursor=page.previous,
    )
