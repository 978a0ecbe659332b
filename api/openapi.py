"""The errors of an operation in the OpenAPI document."""

from __future__ import annotations

import re
from collections import defaultdict
from http import HTTPStatus
from typing import Any

from api import error_mapping
from api.problems import MEDIA_TYPE, problem_title, problem_type
from mentorship import errors
from mentorship.errors import MentorshipError

_S = HTTPStatus

DocumentedError = tuple[HTTPStatus, str, str]
"""An error in the document: its status, its code and what it means."""

_ANY_REQUEST: tuple[DocumentedError, ...] = (
    (_S.UNAUTHORIZED, "unauthorized", "The token is missing or was not accepted."),
    (_S.FORBIDDEN, "insufficient-scope", "The token lacks the scope for this request."),
    (_S.FORBIDDEN, "not-a-member", "The person is not a member of the server, or has left it."),
    (
        _S.UNPROCESSABLE_ENTITY,
        "invalid-request",
        "A field, parameter or header is invalid; `errors` says which.",
    ),
    (_S.TOO_MANY_REQUESTS, "too-many-requests", "Rate limit exceeded; see `Retry-After`."),
    (
        _S.INTERNAL_SERVER_ERROR,
        "internal-error",
        "Something went wrong on the server. The request may have taken effect.",
    ),
    (_S.SERVICE_UNAVAILABLE, "unavailable", "The database can't be reached; try again later."),
    (
        _S.SERVICE_UNAVAILABLE,
        "discord-unreachable",
        "Discord can't be reached to look up the member; try again later.",
    ),
    (
        _S.SERVICE_UNAVAILABLE,
        "outcome-unknown",
        "The database failed during the commit, so the request may have taken effect. Send it "
        "again with the same `Idempotency-Key`, or check first.",
    ),
)

_ANY_BODY: tuple[DocumentedError, ...] = (
    (_S.BAD_REQUEST, "malformed-json", "The body is not valid JSON."),
    (_S.REQUEST_TIMEOUT, "request-timeout", "The body didn't arrive within 10 seconds."),
    (_S.REQUEST_ENTITY_TOO_LARGE, "content-too-large", "The body is larger than 64 KiB."),
    (_S.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The Content-Type is not JSON."),
)


WRONG_CURSOR: DocumentedError = (
    _S.BAD_REQUEST,
    "cursor-mismatch",
    "The cursor is from another list, or from the same list with other filters.",
)
"""The error of every list with cursors."""

OTHER_PROBLEMS: tuple[DocumentedError, ...] = (
    (_S.NOT_FOUND, "not-found", "It doesn't exist, or not for this caller."),
    (_S.METHOD_NOT_ALLOWED, "method-not-allowed", "The path hasn't this method; see `Allow`."),
)
"""Errors that no operation lists, since they come before it."""


def error_responses(
    *errors: type[MentorshipError] | DocumentedError, has_body: bool = False
) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's `responses` for these errors and those of every request.

    `has_body`: the request has a body, so add the errors of every body.
    """
    rows = [_documented_error(error) for error in errors]
    return problem_responses(*_ANY_REQUEST, *(_ANY_BODY if has_body else ()), *rows)


def problem_responses(*errors: DocumentedError) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's `responses` for these errors: by status, each code with an example."""
    by_status: dict[HTTPStatus, list[DocumentedError]] = defaultdict(list)
    for error in errors:
        by_status[error[0]].append(error)
    return {
        int(status): {
            "description": " ".join(f"`{code}`: {meaning}" for _, code, meaning in group),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/ProblemDocument"},
                    "examples": {
                        code: {
                            "summary": meaning,
                            "value": {
                                "type": problem_type(code),
                                "title": problem_title(code),
                                "status": int(status),
                                "code": code,
                                "detail": meaning,
                            },
                        }
                        for _, code, meaning in group
                    },
                }
            },
        }
        for status, group in sorted(by_status.items())
    }


def _documented_error(error: type[MentorshipError] | DocumentedError) -> DocumentedError:
    if isinstance(error, tuple):
        return error
    meaning = _MEANINGS.get(error) or _for_clients((error.__doc__ or "").partition("\n\n")[0])
    return error_mapping.status(error), error_mapping.code(error), meaning


def _for_clients(docstring: str) -> str:
    """Return the first sentence of an error's docstring in the words of the API's users."""
    text = " ".join(docstring.split())
    return re.sub("actor|guild", lambda word: _WORDS[word[0]], text)


_WORDS = {"actor": "member", "guild": "server"}


_MEANINGS: dict[type[MentorshipError], str] = {
    errors.BalanceTooLow: "An account has fewer points than the request would take.",
    errors.NotYourExpertise: "The request for help is about an expertise that the mentor lacks.",
    errors.PriceChanged: "The price has changed; the member has to agree to `price`.",
    errors.RatingClosed: "The time to rate the session, or to change the rating, is over.",
    errors.ReapplyLater: "The member was rejected, and can apply again later.",
    errors.SlotUnavailable: "The start can't be booked. `nearestSlots` has open starts near it.",
    errors.SlotsOpen: "Nobody has to wait for a slot that suits them: `nearestSlots` are open.",
    errors.StillToSettle: "The member's data can't be erased while a session's points are on hold.",
    errors.TermsChanged: "What the member agreed to has changed: `term` is `current` now. Nothing "
    "was done.",
    errors.TooManyPoints: "The sum of a server's points is limited, and the grant would exceed it.",
}
"""The meanings of errors whose docstrings name what the API's users don't know."""
