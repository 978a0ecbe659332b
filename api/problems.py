"""Every error as a problem document (RFC 9457), in one place.

Each has a stable `code` for programs, beside the standard `title`, `status` and, where there is
more to say, `detail` for people. Nothing of a cause that is our own trouble gets out.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from storage import StorageError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


def answer_with_them(app: FastAPI) -> None:
    """Let `app` answer every error with a problem document."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StorageError, _storage)
    app.add_exception_handler(Exception, _bug)


def problem(status: int, code: str, detail: str | None = None) -> JSONResponse:
    """A problem document. `type` is left out: it means `about:blank`, that the status says all."""
    content: dict[str, object] = {
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
    }
    if detail:
        content["detail"] = detail
    return JSONResponse(content, status, media_type=MEDIA_TYPE)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail = error.detail if error.detail != status.phrase else None
    if status is HTTPStatus.NOT_FOUND and detail is None:
        detail = f"There is nothing at {request.url.path}."
    answer = problem(status, status.phrase.lower().replace(" ", "-"), detail)
    answer.headers.update(error.headers or {})
    return answer


async def _storage(request: Request, error: Exception) -> JSONResponse:
    log.error("the database can't be used", exc_info=error, extra={"path": request.url.path})
    detail = "The records can't be reached at the moment. Try again in a minute."
    answer = problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail)
    answer.headers["Retry-After"] = "60"
    return answer


async def _bug(request: Request, error: Exception) -> JSONResponse:
    # The server logs it, trace and all, once this has been sent.
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error")
