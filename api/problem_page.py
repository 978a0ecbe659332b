"""The page to which the `type` of every problem leads: what each code means."""

from __future__ import annotations

from functools import cache
from html import escape
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from api.openapi import OTHER_PROBLEMS, DocumentedError
from api.problems import MEDIA_TYPE, TYPES_PATH, problem_title, status_title

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Errors of the mentorbot API</title>
<style>
:root {{ color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }}
body {{ max-width: 45rem; margin: 2rem auto; padding: 0 1rem }}
:target {{ outline: 2px solid; outline-offset: .5rem }}
code {{ font-size: 1rem }}
</style>
<h1>Errors</h1>
<p>Every error of the API is a problem document (RFC 9457). Decide by its <code>code</code>, show
its <code>detail</code> to people, and give the id in <code>instance</code> to whoever runs the bot:
the log has it.</p>
{sections}
</html>
"""


def create_router(app: FastAPI) -> APIRouter:
    """Create the route of the page about the errors of `app`."""
    router = APIRouter()

    @cache
    def page() -> str:
        return _PAGE.format(sections="\n".join(map(_section, list_problems(app.openapi()))))

    @router.get(TYPES_PATH, include_in_schema=False, response_class=HTMLResponse)
    async def problem_types() -> HTMLResponse:
        return HTMLResponse(page())

    return router


def list_problems(document: dict[str, Any]) -> list[DocumentedError]:
    """Return every error that the API answers with, by its code."""
    found: dict[tuple[str, int], str] = {
        (code, int(status)): meaning for status, code, meaning in OTHER_PROBLEMS
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                examples = response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
                for code, example in examples.items():
                    found.setdefault((code, int(status)), example["summary"])
    return [
        (HTTPStatus(status), code, meaning) for (code, status), meaning in sorted(found.items())
    ]


def _section(problem: DocumentedError) -> str:
    status, code, meaning = problem
    return (
        f'<h2 id="{code}">{problem_title(code)}</h2>\n'
        f"<p><code>{code}</code>, {int(status)} {status_title(status)}</p>\n"
        f"<p>{_with_code(escape(meaning))}</p>"
    )


def _with_code(text: str) -> str:
    """Replace each pair of backquotes by an element."""
    parts = text.split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
