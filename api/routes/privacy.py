"""Routes of the caller's own data: download it, and erase it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from http import HTTPStatus
from io import BufferedIOBase
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from api.dependencies import MemberCaller, get_state
from api.openapi import error_responses
from api.schemas.privacy import ErasurePreviewResponse, ErasureResponse, Terms, parse_terms
from mentorship.errors import LimitReached, StillToSettle, TermsChanged
from mentorship.operations import export_file, own_data

router = APIRouter(tags=["members"])

_CHUNK_BYTES = 64 * 1024

_ARCHIVE: dict[int | str, dict[str, Any]] = {
    int(HTTPStatus.OK): {
        "description": "A ZIP archive with one JSON file.",
        "content": {
            "application/zip": {
                "schema": {"type": "string", "format": "binary"},
                "examples": {"archive": {"summary": "The bytes of the archive", "value": "PK"}},
            }
        },
    }
}


@router.get(
    "/me/export",
    summary="Download own data",
    response_class=StreamingResponse,
    responses=_ARCHIVE | error_responses(LimitReached),
)
async def export_own_data(caller: MemberCaller) -> StreamingResponse:
    """Return everything that is stored about the caller in this server, as a ZIP archive with one
    JSON file. No other people's ids or names are in it. How often an hour a member can download it
    is one of the server's limits (`dataRequests`)."""
    await caller.run(own_data.record_export)
    async with AsyncExitStack() as stack:
        (archive,) = await stack.enter_async_context(
            export_file.archives(get_state(caller.request).database, caller.actor, _UNLIMITED)
        )
        # Everything is written before the response begins, so that a failure is a problem document.
        open_until_sent = stack.pop_all()
    disposition = 'attachment; filename="mentorbot-my-data.zip"'
    return StreamingResponse(
        _chunks(archive, open_until_sent),
        media_type="application/zip",
        headers={"Content-Disposition": disposition},
    )


_UNLIMITED = 2**62


async def _chunks(archive: BufferedIOBase, stack: AsyncExitStack) -> AsyncIterator[bytes]:
    async with stack:
        while chunk := await asyncio.to_thread(archive.read, _CHUNK_BYTES):
            yield chunk


@router.get(
    "/me/erasure",
    summary="Preview an erasure",
    responses=error_responses(StillToSettle, LimitReached),
)
async def preview_erasure(caller: MemberCaller) -> ErasurePreviewResponse:
    """Return what erasing the caller's data in this server would cancel and remove, or whether it
    is being erased."""
    return ErasurePreviewResponse.from_domain(await caller.read(own_data.preview_erasure))


_IN_PROGRESS: dict[int | str, dict[str, Any]] = {
    int(HTTPStatus.ACCEPTED): {"model": ErasureResponse, "description": "In progress."}
}


@router.delete(
    "/me",
    summary="Erase own data",
    responses=_IN_PROGRESS | error_responses(StillToSettle, LimitReached, TermsChanged),
)
async def erase_own_data(
    caller: MemberCaller,
    response: Response,
    expected_terms: Annotated[
        Terms,
        Query(
            alias="expectedTerms",
            description="`terms` of the preview that the person saw. If they have changed, nothing "
            "is erased.",
        ),
    ],
) -> ErasureResponse:
    """Erase the caller's data in this server: their name, settings, texts and points. It can't be
    undone. Show them the preview first. Sessions that took place keep their times and prices,
    without the person. No answer is stored for an `Idempotency-Key`: sent again, the call says that
    nothing is stored."""
    result = await caller.run(own_data.erase, parse_terms(expected_terms))
    erased = ErasureResponse.from_domain(result)
    if erased.status == "in-progress":
        response.status_code = HTTPStatus.ACCEPTED
    return erased
