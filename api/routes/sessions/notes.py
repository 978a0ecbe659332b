"""The routes of notes, next steps and links of sessions."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.dependencies import MemberCaller
from api.http import preconditions
from api.idempotency import EFFECT_ONLY, changed_response, created_response
from api.middleware import BASE_PATH
from api.openapi import error_responses
from api.routes.groups import GroupId
from api.routes.sessions.sessions import SessionId
from api.schemas.base import Id
from api.schemas.sessions.notes import (
    NextStep,
    NextStepChange,
    NextStepCompletion,
    NextStepList,
    NextStepRequest,
    NoteRequest,
    PrivateSessionNote,
    SessionLink,
    SessionLinkList,
    SessionLinkRequest,
    SharedSessionNote,
)
from mentorship.actors import Actor
from mentorship.errors import (
    BlockedByYou,
    InvalidField,
    KeyReused,
    NotAllowedNow,
    NotAvailable,
    NotFound,
    NotYours,
    TextChanged,
    TooManyNextSteps,
    TooManySessionLinks,
)
from mentorship.idempotency import Answer
from mentorship.relationships import links, next_steps, notes
from mentorship.relationships.links import LinkView
from mentorship.relationships.next_steps import StepView
from mentorship.relationships.notes import NoteView
from storage import Transaction

router = APIRouter(tags=["sessions"])

StepId = Annotated[Id, Path(alias="id", description="The next step's id.")]
LinkId = Annotated[Id, Path(alias="id", description="The link's id.")]

_ETAG_HEADER = preconditions.etag_header("note")
_ADDING = (NotFound, NotAllowedNow, NotAvailable, BlockedByYou, InvalidField, KeyReused)
_UNSEEN = -1
"""A revision that no note has."""


# --- Notes ----------------------------------------------------------------------------------------


@router.get(
    "/session/{id}/notes",
    summary="Get a session's shared note",
    responses=_ETAG_HEADER | error_responses(NotFound),
)
async def get_shared_note(
    caller: MemberCaller, session_id: SessionId, response: Response
) -> SharedSessionNote:
    """Return the note that the two people of a session share, to either of them."""
    note = await caller.read(notes.load_shared, session_id)
    response.headers["ETag"] = preconditions.format_version(note.revision)
    return SharedSessionNote.from_domain(note)


@router.put(
    "/session/{id}/notes",
    summary="Write a session's shared note",
    response_model=SharedSessionNote,
    openapi_extra=preconditions.IF_MATCH_PARAMETER,
    responses=_ETAG_HEADER
    | error_responses(*_ADDING, TextChanged, preconditions.WEAK_TAG, has_body=True),
)
async def put_shared_note(
    caller: MemberCaller, session_id: SessionId, body: NoteRequest
) -> Response:
    """Replace the note that the two people of a session share. Send the `ETag` of what the member
    has edited as `If-Match`, so that they see the other's change before they overwrite it. An empty
    text clears the note."""
    versions = preconditions.expected_versions(caller.request)

    async def write(tx: Transaction, actor: Actor) -> Answer:
        current = await notes.load_shared(tx, actor, session_id)
        seen = _seen(versions, current)
        await notes.write_shared(tx, actor, session_id, body.text, seen)
        return EFFECT_ONLY

    # No note is among the responses that are stored for a repeated request.
    result = await caller.run_once(write)
    note = await caller.read(notes.load_shared, session_id)
    content = SharedSessionNote.from_domain(note).model_dump()
    return _tagged(changed_response(result.with_body(content)), note)


@router.get(
    "/session/{id}/notes/private",
    summary="Get own private note on a session",
    responses=_ETAG_HEADER | error_responses(NotFound),
)
async def get_private_note(
    caller: MemberCaller, session_id: SessionId, response: Response
) -> PrivateSessionNote:
    """Return the caller's own note on a session, which nobody else can read."""
    note = await caller.read(notes.load_private, session_id)
    response.headers["ETag"] = preconditions.format_version(note.revision)
    return PrivateSessionNote.from_domain(note)


@router.put(
    "/session/{id}/notes/private",
    summary="Write own private note on a session",
    response_model=PrivateSessionNote,
    openapi_extra=preconditions.IF_MATCH_PARAMETER,
    responses=_ETAG_HEADER
    | error_responses(
        NotFound, InvalidField, KeyReused, TextChanged, preconditions.WEAK_TAG, has_body=True
    ),
)
async def put_private_note(
    caller: MemberCaller, session_id: SessionId, body: NoteRequest
) -> Response:
    """Replace the caller's own note on a session. Nobody else can read it, and no event mentions
    it. An empty text clears the note."""
    versions = preconditions.expected_versions(caller.request)

    async def write(tx: Transaction, actor: Actor) -> Answer:
        current = await notes.load_private(tx, actor, session_id)
        await notes.write_private(tx, actor, session_id, body.text, _seen(versions, current))
        return EFFECT_ONLY

    result = await caller.run_once(write)
    note = await caller.read(notes.load_private, session_id)
    content = PrivateSessionNote.from_domain(note).model_dump()
    return _tagged(changed_response(result.with_body(content)), note)


def _seen(versions: frozenset[int] | None, current: NoteView) -> int | None:
    """Return which revision the caller has seen: the current one, none, or any."""
    if versions is None:
        return None
    return current.revision if current.revision in versions else _UNSEEN


def _tagged(response: Response, note: NoteView) -> Response:
    response.headers["ETag"] = preconditions.format_version(note.revision)
    return response


# --- Next steps -----------------------------------------------------------------------------------


@router.get(
    "/session/{id}/steps",
    summary="List a session's next steps",
    responses=error_responses(NotFound),
)
async def list_steps(caller: MemberCaller, session_id: SessionId) -> NextStepList:
    """Return the next steps of a session, to its two people."""
    steps = await caller.read(next_steps.load_of_session, session_id)
    return NextStepList(steps=[NextStep.from_domain(step) for step in steps])


@router.post(
    "/session/{id}/steps",
    summary="Add a next step",
    status_code=HTTPStatus.CREATED,
    response_model=NextStep,
    responses=error_responses(*_ADDING, TooManyNextSteps, has_body=True),
)
async def add_step(caller: MemberCaller, session_id: SessionId, body: NextStepRequest) -> Response:
    """Add a next step to a session. Whoever is to do it is reminded once, at 9:00 of its date on
    their clock."""

    async def add(tx: Transaction, actor: Actor) -> Answer:
        return _step_answer(await next_steps.add(tx, actor, session_id, body.to_domain()))

    result = await caller.run_once(add)
    return created_response(result, f"{BASE_PATH}/steps/{result.body['id']}")


@router.get("/steps/{id}", summary="Get a next step", responses=error_responses(NotFound))
async def get_step(caller: MemberCaller, step_id: StepId) -> NextStep:
    """Return a next step, to the two people of its session."""
    return NextStep.from_domain(await caller.read(next_steps.load, step_id))


@router.put(
    "/steps/{id}",
    summary="Change a next step",
    response_model=NextStep,
    responses=error_responses(*_ADDING, TextChanged, has_body=True),
)
async def put_step(caller: MemberCaller, step_id: StepId, body: NextStepChange) -> Response:
    """Change what a next step says, who is to do it and until when. Its reminder moves with its
    date."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        draft = body.to_domain()
        return _step_answer(await next_steps.edit(tx, actor, step_id, draft, body.revision))

    return changed_response(await caller.run_once(change))


@router.put(
    "/steps/{id}/done",
    summary="Mark a next step as done",
    response_model=NextStep,
    responses=error_responses(NotFound, KeyReused, has_body=True),
)
async def complete_step(
    caller: MemberCaller, step_id: StepId, body: NextStepCompletion
) -> Response:
    """Mark a next step as done, so that nobody is reminded of it, or as open again."""
    use_case = next_steps.complete if body.done else next_steps.reopen

    async def change(tx: Transaction, actor: Actor) -> Answer:
        return _step_answer(await use_case(tx, actor, step_id))

    return changed_response(await caller.run_once(change))


@router.delete(
    "/steps/{id}",
    summary="Remove a next step",
    response_model=NextStepList,
    responses=error_responses(NotFound, KeyReused),
)
async def delete_step(caller: MemberCaller, step_id: StepId) -> Response:
    """Remove a next step. The response has the steps that its session still has."""

    async def remove(tx: Transaction, actor: Actor) -> Answer:
        session_id = await next_steps.remove(tx, actor, step_id)
        return Answer({"session": session_id})

    result = await caller.run_once(remove)
    left = await list_steps(caller, result.body["session"])
    return changed_response(result.with_body(left.model_dump()))


def _step_answer(step: StepView) -> Answer:
    return Answer(NextStep.from_domain(step).model_dump())


# --- Links ----------------------------------------------------------------------------------------


@router.get(
    "/session/{id}/links",
    summary="List a session's links",
    responses=error_responses(NotFound),
)
async def list_links(caller: MemberCaller, session_id: SessionId) -> SessionLinkList:
    """Return the links to recordings and documents of a session, to its two people. For a seat,
    those that the mentor has added to the group session come first."""
    shown = await caller.read(links.load_of_session, session_id)
    return SessionLinkList(links=[SessionLink.from_domain(link) for link in shown])


@router.post(
    "/session/{id}/links",
    summary="Add a link to a session",
    status_code=HTTPStatus.CREATED,
    response_model=SessionLink,
    responses=error_responses(*_ADDING, TooManySessionLinks, has_body=True),
)
async def add_link(
    caller: MemberCaller, session_id: SessionId, body: SessionLinkRequest
) -> Response:
    """Add a recording or document to a session or seat, for its two people. An address that it has
    already is returned as it is."""

    async def add(tx: Transaction, actor: Actor) -> Answer:
        return _link_answer(await links.add(tx, actor, session_id, body.label, body.url))

    return created_response(await caller.run_once(add))


@router.get(
    "/groups/{id}/links",
    summary="List a group session's links",
    tags=["groups"],
    responses=error_responses(NotFound, NotYours),
)
async def list_group_links(caller: MemberCaller, group_id: GroupId) -> SessionLinkList:
    """Return the links of a group session, to its mentor. Attendees find them with their seat."""
    shown = await caller.read(links.load_of_group, group_id)
    return SessionLinkList(links=[SessionLink.from_domain(link) for link in shown])


@router.post(
    "/groups/{id}/links",
    summary="Add a link to a group session",
    tags=["groups"],
    status_code=HTTPStatus.CREATED,
    response_model=SessionLink,
    responses=error_responses(
        NotFound,
        NotYours,
        NotAllowedNow,
        TooManySessionLinks,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def add_group_link(
    caller: MemberCaller, group_id: GroupId, body: SessionLinkRequest
) -> Response:
    """Add a recording or document to a group session, as its mentor, for all attendees."""

    async def add(tx: Transaction, actor: Actor) -> Answer:
        return _link_answer(await links.add_to_group(tx, actor, group_id, body.label, body.url))

    return created_response(await caller.run_once(add))


@router.delete(
    "/links/{id}",
    summary="Remove a link",
    response_model=SessionLink,
    responses=error_responses(NotFound, KeyReused),
)
async def delete_link(caller: MemberCaller, link_id: LinkId) -> Response:
    """Remove a link, as one of the two people of its session or as the mentor of its group session.
    The response has the link that is gone."""

    async def remove(tx: Transaction, actor: Actor) -> Answer:
        return _link_answer(await links.remove(tx, actor, link_id))

    return changed_response(await caller.run_once(remove))


def _link_answer(link: LinkView) -> Answer:
    return Answer(SessionLink.from_domain(link).model_dump())
