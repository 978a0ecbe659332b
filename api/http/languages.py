"""The language of a response: what `Accept-Language` prefers (RFC 9110, section 12.5.4).

It is negotiated once for each request, and everything in the response is written in it. Texts that
depend on it ask for `reader`; so the response says its language, and caches learn that it differs
by `Accept-Language`.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from babel import negotiate_locale
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wording import catalogues
from wording.reader import ENGLISH, Reader
from wording.translation import speaking

ACCEPT_LANGUAGE = "Accept-Language"

MAX_LENGTH = 500
"""Characters of the header that are read. Browsers send fewer than 100."""

_DEFAULT = "en"
_RANGE = re.compile(
    r"\s*(?P<tag>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)"
    r"\s*(?:;\s*[qQ]=(?P<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)
_WITH_OWN_NUMBERS = ("en-US", "en-GB", "es-419", "es-ES")
"""Tags that have the texts of their language, and numbers or dates of their own."""


@dataclass(slots=True)
class _Negotiated:
    """The language of a request, and whether its response depends on it."""

    tag: str
    is_read: bool = False


_current: ContextVar[_Negotiated | None] = ContextVar("negotiated", default=None)


def reader() -> Reader:
    """Return for whom the response of this request is written; English outside of requests.

    The response then has `Content-Language`, and `Vary` names `Accept-Language`.
    """
    negotiated = _current.get()
    if negotiated is None:
        return ENGLISH
    negotiated.is_read = True
    # Times have 24 hours in English, whatever the country: programs have read them so far.
    is_english = negotiated.tag.partition("-")[0] == _DEFAULT
    return ENGLISH if is_english else Reader.of(negotiated.tag)


@lru_cache(maxsize=256)
def negotiate(header: str) -> str:
    """Return the tag of the language that the header prefers among those there are, such as `de`.

    That is English if there is none. A language that is listed without its country stands for all
    countries, and the other way round. What can't be read is ignored.
    """
    weights = []
    for item in header[:MAX_LENGTH].split(","):
        match = _RANGE.fullmatch(item)
        if match is not None and (weight := float(match["weight"] or 1)):
            weights.append((weight, match["tag"]))
    # Sorting keeps the order of those with one weight.
    weights.sort(key=lambda each: -each[0])
    preferred = [_DEFAULT if tag == "*" else tag for _, tag in weights]
    available = {tag.casefold(): tag for tag in _available()}
    best = negotiate_locale([tag.casefold() for tag in preferred], list(available), sep="-")
    return _DEFAULT if best is None else available[best.casefold()]


def _available() -> list[str]:
    tags = catalogues.tags()
    # `pt` for Portuguese, which there is in one country's only.
    languages = dict.fromkeys(tag.partition("-")[0] for tag in tags)
    regional = (tag for tag in _WITH_OWN_NUMBERS if tag.partition("-")[0] in languages)
    return [*dict.fromkeys((*tags, *languages, *regional))]


class LanguageMiddleware:
    """Write each response in the language that its request prefers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        header = ", ".join(Headers(scope=scope).getlist(ACCEPT_LANGUAGE))
        negotiated = _Negotiated(negotiate(header))

        async def send_with_language(message: Message) -> None:
            if message["type"] == "http.response.start" and negotiated.is_read:
                headers = MutableHeaders(raw=list(message["headers"]))
                headers["Content-Language"] = negotiated.tag
                headers.add_vary_header(ACCEPT_LANGUAGE)
                message = {**message, "headers": headers.raw}
            await send(message)

        token = _current.set(negotiated)
        try:
            with speaking(negotiated.tag):
                await self._app(scope, receive, send_with_language)
        finally:
            _current.reset(token)
