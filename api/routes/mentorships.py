"""Routes of mentorships and goals. Only the two people of a mentorship can use them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import Caller, MemberCaller
from api.http import preconditions
from api.idempotency import EFFECT_ONLY, changed_response, created_response
from api.middleware import BASE_PATH
from api.openapi import error_responses
from api.pagination import load_page
from api.schemas.base import Id
from api.schemas.mentorships import (
    CompanionQuery,
    Goal,
    GoalChangeRequest,
    GoalRequest,
    Mentorship,
    MentorshipList,
    MentorshipQuery,
    MentorshipSummary,
    PersonId,
    RoleQuery,
)
from mentorship.actors import Actor
from mentorship.errors import (
    BlockedByYou,
    GoalClosed,
    InvalidField,
    KeyReused,
    MentorshipEnded,
    NotAvailable,
    NotFound,
    NotYours,
    TextChanged,
    TooManyGoals,
)
from mentorship.idempotency import Answer
from mentorship.pagination import Page
from mentorship.relationships import goals, mentorships, pairs, timeline
from mentorship.relationships.pairs import Companion
from mentorship.relationships.timeline import TimelineEntry
from mentorship.sessions.lifecycle import Party
from storage import Transaction

router = APIRouter(tags=["mentorships"])

OtherId = Annotated[
    PersonId,
    Path(
        alias="userId",
        description="The other's Discord id, or the id of a former member as a session has it.",
    ),
]
GoalId = Annotated[Id, Path(alias="id", description="The goal's id.")]

_ETAG_HEADER = preconditions.etag_header("goal")


@router.get("/mentorships", summary="List own mentorships", responses=error_responses())
async def list_mentorships(
    caller: MemberCaller, query: Annotated[CompanionQuery, Query()]
) -> MentorshipList:
    """Return the people with whom the caller has had sessions, once for each side: first those who
    mentor the caller, then those whom the caller mentors."""

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[Companion]:
        return await pairs.list_own(tx, actor, cursor, query.limit)

    page = await load_page(caller, load, query)
    return MentorshipList(
        mentorships=[MentorshipSummary.from_domain(each) for each in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.get(
    "/mentorships/{userId}", summary="Get a mentorship", responses=error_responses(NotFound)
)
async def get_mentorship(
    caller: MemberCaller,
    other_id: OtherId,
    query: Annotated[MentorshipQuery, Query()],
    response: Response,
) -> Mentorship:
    """Return what the caller shares with somebody: goals, next steps, and a page of their timeline
    with sessions, shared notes and links, the newest first. Nobody else can read it."""
    mentorship = await _load(caller, other_id, query)
    content = mentorship.model_dump_json()
    response.headers["ETag"] = preconditions.format_content(content)
    return mentorship


async def _load(caller: Caller, other_id: int, query: MentorshipQuery) -> Mentorship:
    party = None if query.role is None else Party(query.role)
    page = await caller.read(mentorships.load_page, other_id, party)

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[TimelineEntry]:
        return await timeline.load_page(tx, actor, other_id, party, cursor, query.limit)

    entries = await load_page(caller, load, query)
    return Mentorship.from_domain(page, entries, caller.actor.user_id)


@router.post(
    "/mentorships/{userId}/end",
    summary="End a mentorship",
    response_model=Mentorship,
    responses=error_responses(NotFound, KeyReused),
)
async def end_mentorship(
    caller: MemberCaller, other_id: OtherId, query: Annotated[RoleQuery, Query()]
) -> Response:
    """End a mentorship. The other is told once. Everything stays readable, upcoming sessions stay
    booked, and nobody is asked about goals and next steps any more. Ending it again changes
    nothing."""
    party = None if query.role is None else Party(query.role)

    async def end(tx: Transaction, actor: Actor) -> Answer:
        await mentorships.end(tx, actor, other_id, party)
        return EFFECT_ONLY

    result = await caller.run_once(end)
    mentorship = await _load(caller, other_id, MentorshipQuery(role=query.role))
    return changed_response(result.with_body(mentorship.model_dump()))


@router.post(
    "/mentorships/{userId}/resume",
    summary="Resume a mentorship",
    response_model=Mentorship,
    responses=error_responses(NotFound, BlockedByYou, NotAvailable, KeyReused),
)
async def resume_mentorship(
    caller: MemberCaller, other_id: OtherId, query: Annotated[RoleQuery, Query()]
) -> Response:
    """Resume a mentorship that either of the two has ended. Booking a session resumes it, too."""
    party = None if query.role is None else Party(query.role)

    async def resume(tx: Transaction, actor: Actor) -> Answer:
        await mentorships.resume(tx, actor, other_id, party)
        return EFFECT_ONLY

    result = await caller.run_once(resume)
    mentorship = await _load(caller, other_id, MentorshipQuery(role=query.role))
    return changed_response(result.with_body(mentorship.model_dump()))


@router.post(
    "/mentorships/{userId}/goals",
    summary="Set a goal",
    status_code=HTTPStatus.CREATED,
    response_model=Goal,
    responses=error_responses(
        NotFound,
        TooManyGoals,
        MentorshipEnded,
        BlockedByYou,
        NotAvailable,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def set_goal(caller: MemberCaller, other_id: OtherId, body: GoalRequest) -> Response:
    """Set a goal of the caller's with their mentor. A mentee can have 3 open goals with one mentor,
    and 50 with those that were reached or dropped."""

    async def create(tx: Transaction, actor: Actor) -> Answer:
        found = await goals.set_goal(tx, actor, other_id, body.text, body.due_on)
        return Answer(Goal.from_domain(found).model_dump(), other_id)

    result = await caller.run_once(create)
    return created_response(result, location=f"{BASE_PATH}/goals/{result.body['id']}")


@router.get("/goals/{id}", summary="Get a goal", responses=_ETAG_HEADER | error_responses(NotFound))
async def get_goal(caller: MemberCaller, goal_id: GoalId, response: Response) -> Goal:
    """Return a goal to its mentee or their mentor."""
    found = await caller.read(goals.load, goal_id)
    response.headers["ETag"] = preconditions.format_version(found.goal.revision)
    return Goal.from_domain(found)


@router.patch(
    "/goals/{id}",
    summary="Change a goal",
    response_model=Goal,
    openapi_extra=preconditions.IF_MATCH_PARAMETER,
    responses=_ETAG_HEADER
    | error_responses(
        NotFound,
        NotYours,
        TextChanged,
        preconditions.WEAK_TAG,
        GoalClosed,
        TooManyGoals,
        MentorshipEnded,
        BlockedByYou,
        NotAvailable,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def change_goal(caller: MemberCaller, goal_id: GoalId, body: GoalChangeRequest) -> Response:
    """Change a goal, or mark it as `reached` or `dropped`. The mentor can write the progress; the
    rest is the mentee's. With `open`, one that was reached or dropped is reopened."""
    versions = preconditions.expected_versions(caller.request)

    async def change(tx: Transaction, actor: Actor) -> Answer:
        found = await goals.change_goal(tx, actor, goal_id, body.change(), versions)
        other = found.mentorship.other(actor.user_id).user_id
        return Answer(Goal.from_domain(found).model_dump(), other)

    result = await caller.run_once(change)
    response = changed_response(result)
    response.headers["ETag"] = preconditions.format_version(result.body["revision"])
    return response


@router.delete(
    "/goals/{id}",
    summary="Delete a goal",
    response_model=Mentorship,
    responses=error_responses(NotFound, NotYours, KeyReused),
)
async def delete_goal(caller: MemberCaller, goal_id: GoalId) -> Response:
    """Delete a goal of the caller's for good, with its progress. Returns the mentorship."""

    async def delete(tx: Transaction, actor: Actor) -> Answer:
        found = await goals.load(tx, actor, goal_id)
        await goals.delete_goal(tx, actor, goal_id)
        mentor_id = found.mentorship.mentor.user_id
        return Answer({"mentorId": str(mentor_id)}, mentor_id)

    result = await caller.run_once(delete)
    mentor_id = int(result.body["mentorId"])
    mentorship = await _load(caller, mentor_id, MentorshipQuery(role="mentee"))
    return changed_response(result.with_body(mentorship.model_dump()))
