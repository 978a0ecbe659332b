"""Mentors: one of them, finding one, and when they are free."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from operator import attrgetter
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.dependencies import Member
from api.openapi import errors
from api.pagination import require_cursor
from api.problems import Problem
from api.schemas.base import Id
from api.schemas.mentors import MentorProfile
from api.schemas.search import MentorsFound, SearchQuery, Slots, SlotsQuery
from mentorship import pagination
from mentorship.actors import Actor
from mentorship.availability import slot_queries
from mentorship.errors import InvalidField, MentorPaused, NotAMentor, WrongDuration
from mentorship.main_app import public_profiles
from mentorship.search import search
from mentorship.search.query import Sort, Wanted
from mentorship.time.intervals import Span
from storage import Transaction

router = APIRouter(tags=["mentors"])

MentorId = Annotated[Id, Path(alias="id", description="The mentor's Discord id.")]


@router.get("/profile/{id}", summary="A mentor's profile", responses=errors(NotAMentor))
async def profile(me: Member, mentor_id: MentorId) -> MentorProfile:
    """What members of the server see of a mentor. A profile that is not approved, or not any more,
    is shown to its owner alone."""
    return MentorProfile.of(await me.read(public_profiles.show, mentor_id))


@router.get("/search", summary="Find mentors", responses=errors(InvalidField))
async def find(me: Member, asked: Annotated[SearchQuery, Query()]) -> MentorsFound:
    """Mentors who can be booked and answer to all that is asked, with their next open slots. Where
    nobody does, `loosened` says what each filter costs. The caller is never among them."""
    require_cursor(asked.cursor)
    wanted = Wanted(
        expertise=asked.expertise,
        text=asked.text,
        min_rating=asked.min_rating,
        max_rate=asked.max_rate,
        free=_free(asked),
        sort=Sort(asked.sort),
        cursor=asked.cursor,
        size=asked.limit,
    )

    async def look(tx: Transaction, actor: Actor) -> search.Page:
        if asked.page is None:
            return await search.search(tx, actor, wanted)

        async def at(cursor: str | None) -> search.Page:
            return await search.search(tx, actor, replace(wanted, cursor=cursor))

        found = await pagination.load_nth_page(at, attrgetter("next"), asked.page)
        return search.Page(()) if found is None else found

    return MentorsFound.of(await me.read(look))


@router.get(
    "/mentors/{id}/slots",
    summary="A mentor's open slots",
    responses=errors(NotAMentor, MentorPaused, WrongDuration, InvalidField),
)
async def slots(me: Member, mentor_id: MentorId, asked: Annotated[SlotsQuery, Query()]) -> Slots:
    """The starts that the caller could book in a window of time, less what they have themselves
    then. Any of them can be sent to `POST /book` as it is."""
    window = await me.read(slot_queries.slots, mentor_id, asked.since, asked.until, asked.duration)
    return Slots.of(window, asked.timezone, asked.limit)


def _free(asked: SearchQuery) -> Span | None:
    if asked.free_from is None and asked.free_to is None:
        return None
    if asked.free_from is None or asked.free_to is None or asked.free_to <= asked.free_from:
        words = "come together, the end after the beginning"
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid-request",
            f"freeFrom and freeTo {words}.",
            errors=[{"parameter": "freeFrom", "detail": words}],
        )
    return Span(asked.free_from, asked.free_to)
