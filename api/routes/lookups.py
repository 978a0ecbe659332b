"""Routes that look things up: expertise as it is typed, and the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import MemberCaller, ReaderCaller
from api.openapi import error_responses
from api.pagination import load_page
from api.routes.applications import MODERATORS_UNKNOWN
from api.schemas.lookups import (
    AuditEntry,
    AuditPage,
    AuditQuery,
    DemandList,
    ExpertiseList,
    ExpertiseQuery,
)
from mentorship.actors import Actor
from mentorship.administration import audit, demand
from mentorship.errors import NotAModerator
from mentorship.main_app import audit_pages
from mentorship.pagination import Page
from mentorship.search import search, unmet
from storage import Transaction

router = APIRouter()


@router.get(
    "/expertise", tags=["mentors"], summary="Suggest expertise", responses=error_responses()
)
async def suggest_expertise(
    caller: MemberCaller, query: Annotated[ExpertiseQuery, Query()]
) -> ExpertiseList:
    """Return expertise of the server's mentors that what was typed can mean, for a field that
    completes it."""
    tags = await caller.read(search.suggest_tags, query.query, query.limit)
    return ExpertiseList(expertise=list(tags))


@router.get(
    "/demand",
    tags=["moderation"],
    summary="List expertise in demand",
    responses=error_responses(NotAModerator, MODERATORS_UNKNOWN),
)
async def list_demand(caller: ReaderCaller) -> DemandList:
    """Return the expertise with which members wait for help, and for which they searched and found
    nobody. For moderators, and for your app with the scope `service`."""
    requests = await caller.read(demand.list_demand)
    return DemandList.from_domain(requests, await caller.read(unmet.list_unmet))


@router.get(
    "/audit-log",
    tags=["moderation"],
    summary="List the audit log",
    responses=error_responses(NotAModerator, MODERATORS_UNKNOWN),
)
async def list_audit_log(caller: ReaderCaller, query: Annotated[AuditQuery, Query()]) -> AuditPage:
    """Return what moderators, managers and your app have decided, the newest first. For moderators,
    and for your app with the scope `service`."""
    action = None if query.action is None else query.action.replace("-", "_")

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[audit.AuditEntry]:
        return await audit_pages.list_page(
            tx, actor, about=query.user_id, action=action, cursor=cursor, size=query.limit
        )

    page = await load_page(caller, load, query)
    return AuditPage(
        entries=[AuditEntry.from_domain(entry) for entry in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )
