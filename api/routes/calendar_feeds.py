"""The calendar feeds: read by calendar apps without a JWT, at addresses that hold a secret token.

A token is in no log, metric and error: they have the route's template (`api.http.secret_paths`).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.dependencies import get_state
from api.http.preconditions import IF_NONE_MATCH, parse_entity_tags
from api.http.secret_paths import FEED_PATH
from api.problems import problem_response
from api.rate_limits import Allowance, RateLimiter, rate_limit_exceeded, rate_limit_headers
from mentorship.calendars import feed_content, feeds
from mentorship.calendars.agenda import AgendaEntry
from mentorship.calendars.feed_content import FeedContent
from mentorship.errors import NotFound
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import Person
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from storage import Database, StorageError
from wording import catalogues
from wording.icalendar.calendar_file import calendar_feed
from wording.reader import ENGLISH, Reader
from wording.translation import _, speaking

log = logging.getLogger(__name__)

READS_PER_MINUTE = 30
"""How often one feed can be read. Calendar apps do so every few minutes at most, on each device."""

GUESSES_PER_MINUTE = 60
"""How many unknown addresses an address on the network can try before it gets 429."""

MOST_AT_ONCE = 200
"""Sessions that are written in the event loop. More take another thread."""

MOST_REMEMBERED = 10_000
"""Feeds of which the current version is remembered, in a few hundred bytes each."""

TRUSTED_FOR = timedelta(minutes=1)
"""How long a version is remembered. Sessions leave a feed as time passes, a month after their
start."""

_CONTENT_TYPE = "text/calendar; charset=utf-8"
_HEADERS = {
    # Browsers and apps may keep it, if they ask each time whether it has changed.
    "Cache-Control": "private, no-cache",
    "X-Robots-Tag": "noindex",
}


def create_route() -> Route:
    """Create the route, which counts how often each feed is read."""
    return _Feeds().route


@dataclass(frozen=True, slots=True)
class _Unchanged:
    """A version of a feed that is the current one while the database has the same `stamp`.

    Time alone changes a feed, too, so it is trusted until `until` only.
    """

    stamp: int
    until: datetime
    content: FeedContent


class _Feeds:
    """The endpoint, with its rate limits."""

    def __init__(self) -> None:
        self._unchanged: OrderedDict[str, _Unchanged] = OrderedDict()
        self._reads = RateLimiter(READS_PER_MINUTE, "feed")
        self._guesses = RateLimiter(GUESSES_PER_MINUTE, "unknown-feed")
        self.route = Route(FEED_PATH, self.read, methods=["GET"], name="readCalendarFeed")

    async def read(self, request: Request) -> Response:
        """Answer with a feed, or with 304 if the client has it already.

        An address with an unknown token is not found, and neither is one that was renewed or turned
        off, so that nobody can find out which ones there have been.
        """
        # The metrics name the route, as FastAPI does with its own.
        request.scope["route"] = self.route
        token: str = request.path_params["token"]
        if not feeds.is_token(token):
            return self._unknown(request)
        allowance = self._reads.take(token)
        if allowance.retry_after_s:
            return _too_many(allowance)
        database = get_state(request).database
        known = _known_versions(request)
        try:
            content = await self._load(database, token, known or ())
        except NotFound:
            return self._unknown(request)
        if known is None:
            content = replace(content, entries=None)
        response = await _response(content)
        if content.is_note_due:
            response.background = BackgroundTask(_note_read, database, token, content)
        return response

    async def _load(
        self, database: Database, token: str, known_versions: Sequence[str]
    ) -> FeedContent:
        """Load a feed, without a transaction if the reader's version is certainly the current one.

        Raises `NotFound`.
        """
        key = feeds.token_hash(token)
        # The stamp comes first: what is committed after it makes it another one.
        stamp = database.change_stamp()
        seen = self._unchanged.get(key)
        if (
            seen is not None
            and seen.stamp == stamp
            and database.now() < seen.until
            and seen.content.version in known_versions
        ):
            self._unchanged.move_to_end(key)
            return seen.content
        content = await database.read(feed_content.load, token, known_versions)
        if stamp is not None and not content.is_note_due:
            until = database.now() + TRUSTED_FOR
            self._unchanged[key] = _Unchanged(stamp, until, replace(content, entries=None))
            self._unchanged.move_to_end(key)
            if len(self._unchanged) > MOST_REMEMBERED:
                self._unchanged.popitem(last=False)
        return content

    def _unknown(self, request: Request) -> Response:
        address = request.client.host if request.client is not None else ""
        allowance = self._guesses.take(address)
        if allowance.retry_after_s:
            return _too_many(allowance)
        return problem_response(
            HTTPStatus.NOT_FOUND,
            "not-found",
            _(
                "There's no calendar at this address. If it has a new one, /calendar in Discord "
                "shows it."
            ),
        )


def _too_many(allowance: Allowance) -> Response:
    return problem_response(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too-many-requests",
        rate_limit_exceeded(allowance.limit),
        headers=rate_limit_headers([allowance]),
    )


async def _response(content: FeedContent) -> Response:
    # Weak, since a compressed response has it as well.
    headers = {"ETag": f'W/"{content.version}.{_FORMAT}"', **_HEADERS}
    if content.entries is None:
        # As a response with a body has it, which may be compressed.
        headers["Vary"] = "Accept-Encoding"
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    reader = Reader.of(content.language, content.timezone)
    changed_at = max((entry.changed_at for entry in content.entries), default=None)
    if changed_at is not None:
        headers["Last-Modified"] = format_datetime(changed_at.astimezone(UTC), usegmt=True)
    headers["Content-Disposition"] = 'inline; filename="mentorship.ics"'
    if len(content.entries) > MOST_AT_ONCE:
        body = await asyncio.to_thread(_write, content.entries, reader)
    else:
        body = _write(content.entries, reader)
    return Response(body, headers=headers, media_type=_CONTENT_TYPE)


def _write(entries: Sequence[AgendaEntry], reader: Reader) -> bytes:
    """Return a feed in the language of its member, whatever language the request prefers."""
    with speaking(reader.locale):
        return calendar_feed(entries, reader)


def _known_versions(request: Request) -> Sequence[str] | None:
    """Return the versions in `If-None-Match` that were written as feeds are now; None for any."""
    tags = parse_entity_tags(", ".join(request.headers.getlist(IF_NONE_MATCH)))
    if tags is None:
        return None
    suffix = f".{_FORMAT}"
    return [
        version.removesuffix(suffix)
        for version in (tag.opaque.strip('"') for tag in tags)
        if version.endswith(suffix)
    ]


async def _note_read(database: Database, token: str, content: FeedContent) -> None:
    try:
        await database.run(feeds.note_read, token, content.guild_id, content.user_id)
    except StorageError:
        # The reader has its answer. The next one is noted.
        log.info("the reading of a calendar feed wasn't noted", exc_info=True)


def _sample_format() -> str:
    """Return a hash of how feeds are written, which another version of the program may change."""
    noon = datetime(2026, 3, 3, 12, tzinfo=UTC)
    people = (Person(1, "Oliver", "Europe/London"), Person(2, "Maya", "America/New_York"))
    entries = [
        AgendaEntry(
            uid=f"{status}-{party}",
            guild_id=1,
            session_id=None if is_of_group else 1,
            group_id=1 if is_of_group else None,
            party=party,
            status=status,
            span=Span(noon, noon.replace(hour=13)),
            title="Title",
            mentor=people[0],
            mentee=None if is_of_group and party is Party.MENTOR else people[1],
            link="https://meet.example",
            sequence=1,
            created_at=noon,
            changed_at=noon,
            reminders=(60,),
            description="Text",
            seats_taken=1,
            capacity=2,
        )
        for status in SessionStatus
        for party in Party
        if party in (Party.MENTOR, Party.MENTEE)
        for is_of_group in (False, True)
    ]
    texts = [calendar_feed(entries, reader) for reader in (ENGLISH, Reader.of("en-US"))]
    translations = [path.read_bytes() for path in catalogues.files()]
    return hashlib.sha256(b"".join((*texts, *translations))).hexdigest()[:8]


_FORMAT = _sample_format()
