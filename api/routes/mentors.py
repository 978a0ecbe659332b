"""Routes that find mentors and their open slots."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from operator import attrgetter
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Path, Query

from api.dependencies import MemberCaller
from api.openapi import error_responses
from api.pagination import ListCursors, add_link
from api.problems import Problem
from api.schemas.base import Id
from api.schemas.mentors import MentorProfile
from api.schemas.search import MentorSearchPage, MentorSearchQuery, SlotPage, SlotsQuery
from mentorship import pagination
from mentorship.actors import Actor
from mentorship.availability import slot_queries
from mentorship.errors import (
    BlockedByYou,
    InvalidField,
    MentorPaused,
    NotAMentor,
    NotAvailable,
    WrongDuration,
)
from mentorship.main_app import public_profiles
from mentorship.search import search, unmet
from mentorship.search.query import SearchQuery, Sort
from mentorship.time.intervals import Span
from storage import Transaction
from wording.translation import _, pgettext

router = APIRouter(tags=["mentors"])

LINK_TO_NEXT: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"Link": {"$ref": "#/components/headers/Link"}}}
}

ASK_FOR_HELP = "requests"
"""The path of `POST /requests`, relative to that of the search: a proxy may have changed it."""

MentorId = Annotated[Id, Path(alias="id", description="The mentor's Discord id.")]


@router.get(
    "/profile/{id}", summary="Get a mentor's profile", responses=error_responses(NotAMentor)
)
async def get_mentor_profile(caller: MemberCaller, mentor_id: MentorId) -> MentorProfile:
    """Return a mentor's public profile. A profile that is not approved, or no longer, is only
    visible to its owner."""
    return MentorProfile.from_domain(await caller.read(public_profiles.load, mentor_id))


@router.get("/search", summary="Search for mentors", responses=error_responses(InvalidField))
async def search_mentors(
    caller: MemberCaller,
    query: Annotated[MentorSearchQuery, Query()],
    background: BackgroundTasks,
) -> MentorSearchPage:
    """Return mentors who match all filters and accept bookings, with their next open slots. If
    there are none, `loosened` says how many there would be without each filter, and `askForHelp`
    where the member can ask for help instead. Such searches are counted by expertise and day, for
    `GET /demand`. The caller's own profile is left out."""
    cursors = ListCursors(caller)
    search_query = SearchQuery(
        expertise=query.expertise,
        text=query.text,
        min_rating=query.min_rating,
        max_rate=query.max_rate,
        free=_free_span(query),
        sort=Sort(query.sort),
        cursor=cursors.read(query),
        size=query.limit,
    )

    async def load(tx: Transaction, actor: Actor) -> search.SearchPage:
        if query.page is None:
            return await search.search(tx, actor, search_query)

        async def load_at(cursor: str | None) -> search.SearchPage:
            return await search.search(tx, actor, replace(search_query, cursor=cursor))

        page = await pagination.load_nth_page(load_at, attrgetter("next"), query.page)
        return search.SearchPage(()) if page is None else page

    page = await caller.read(load)
    is_first = search_query.cursor is None and query.page in (None, 1)
    found_nobody = is_first and not page.results and page.next is None
    if found_nobody and search_query.filters:
        expertise = search_query.expertise
        background.add_task(
            caller.count_search, ("mentor", expertise.casefold()), unmet.record_unmet, expertise
        )
    next_cursor, previous_cursor = cursors.write(page.next, page.previous)
    page = replace(page, next=next_cursor, previous=previous_cursor)
    return MentorSearchPage.from_domain(page, ASK_FOR_HELP if found_nobody else None)


@router.get(
    "/mentors/{id}/slots",
    summary="List a mentor's open slots",
    responses=LINK_TO_NEXT
    | error_responses(
        NotAMentor, NotAvailable, BlockedByYou, MentorPaused, WrongDuration, InvalidField
    ),
)
async def list_open_slots(
    caller: MemberCaller,
    mentor_id: MentorId,
    query: Annotated[SlotsQuery, Query()],
    background: BackgroundTasks,
) -> SlotPage:
    """Return the slots that the caller can book in a span of time, without those at which they are
    busy themselves. Send one's `scheduledAt` to `POST /book`."""
    window = await caller.read(
        slot_queries.list_slots_in_window, mentor_id, query.since, query.until, query.duration
    )
    if not window.starts:
        background.add_task(
            caller.count_search, ("slot", mentor_id), unmet.record_vain, mentor_id, window.span
        )
    page = SlotPage.from_domain(window, query.timezone, query.limit)
    if page.next_from is not None:
        add_link(caller.request, "next", **{"from": page.next_from, "to": page.until})
    return page


def _free_span(query: MentorSearchQuery) -> Span | None:
    if query.free_from is None and query.free_to is None:
        return None
    if query.free_from is None or query.free_to is None or query.free_to <= query.free_from:
        detail = pgettext(
            "two fields of a request",
            "must be sent together, and the end must be after the start",
        )
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid-request",
            _("freeFrom and freeTo must be sent together, and the end must be after the start."),
            errors=[{"parameter": "freeFrom", "detail": detail}],
        )
    return Span(query.free_from, query.free_to)
