"""Routes of the caller's calendars: their feed, and the calendars that they keep elsewhere."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.dependencies import Caller, MemberCaller, get_state
from api.http import preconditions
from api.idempotency import EFFECT_ONLY, changed_response, created_response
from api.middleware import BASE_PATH
from api.openapi import error_responses
from api.schemas.base import Id
from api.schemas.calendars import (
    CalendarChoice,
    CalendarDiscovery,
    CalendarDiscoveryRequest,
    CalendarFeed,
    CalendarFeedRequest,
    ExternalCalendar,
    ExternalCalendarChange,
    ExternalCalendarList,
    ExternalCalendarRequest,
)
from mentorship.actors import Actor
from mentorship.calendars import accounts, external_calendars, feeds
from mentorship.calendars.external_calendars import CalendarKind, ExternalCalendarView, NewCalendar
from mentorship.calendars.options import CalendarOptions
from mentorship.errors import (
    CalendarAlreadyAdded,
    CalendarsNotSetUp,
    CalendarUnavailable,
    ChangedMeanwhile,
    InvalidField,
    KeyReused,
    NotFound,
    ScreeningPending,
    TooManyCalendars,
)
from mentorship.idempotency import Answer
from storage import Transaction

router = APIRouter(tags=["members"])

_ETAG_HEADER = preconditions.etag_header("calendar")

CalendarId = Annotated[Id, Path(alias="id", description="The calendar's id.")]


# --- The feed -------------------------------------------------------------------------------------


@router.get("/me/calendar-feed", summary="Get own calendar feed", responses=error_responses())
async def get_calendar_feed(caller: MemberCaller) -> CalendarFeed:
    """Return the address at which the caller's calendar app reads their sessions, if they have
    one."""
    feed = await caller.read(feeds.find)
    return CalendarFeed.from_domain(feed, _options(caller).public_url)


@router.put(
    "/me/calendar-feed",
    summary="Turn on or renew own calendar feed",
    response_model=CalendarFeed,
    responses=error_responses(CalendarsNotSetUp, KeyReused, has_body=True),
)
async def put_calendar_feed(
    caller: MemberCaller, body: CalendarFeedRequest | None = None
) -> Response:
    """Give the caller an address at which calendar apps read their sessions. If they have one
    already, it stays, unless `renew` is true."""
    public_url = _options(caller).public_url
    use_case = feeds.renew if body is not None and body.renew else feeds.create

    async def turn_on(tx: Transaction, actor: Actor) -> Answer:
        if not public_url:
            raise CalendarsNotSetUp()
        await use_case(tx, actor)
        return EFFECT_ONLY

    # The address is never among the responses that are stored for a repeated request.
    result = await caller.run_once(turn_on)
    feed = await get_calendar_feed(caller)
    return changed_response(result.with_body(feed.model_dump()))


@router.delete(
    "/me/calendar-feed",
    summary="Turn off own calendar feed",
    response_model=CalendarFeed,
    responses=error_responses(KeyReused),
)
async def delete_calendar_feed(caller: MemberCaller) -> Response:
    """Turn off the caller's feed. Its address stops working at once."""

    async def turn_off(tx: Transaction, actor: Actor) -> Answer:
        await feeds.turn_off(tx, actor)
        return EFFECT_ONLY

    result = await caller.run_once(turn_off)
    feed = await get_calendar_feed(caller)
    return changed_response(result.with_body(feed.model_dump()))


# --- Calendars elsewhere --------------------------------------------------------------------------


@router.get("/me/calendars", summary="List own calendars", responses=error_responses())
async def list_calendars(caller: MemberCaller) -> ExternalCalendarList:
    """Return the calendars that the caller keeps elsewhere and has added in this server."""
    own = await caller.read(external_calendars.list_own)
    return ExternalCalendarList(calendars=[ExternalCalendar.from_domain(view) for view in own])


@router.post(
    "/me/calendars",
    summary="Add a calendar",
    status_code=HTTPStatus.CREATED,
    response_model=ExternalCalendar,
    responses=error_responses(
        CalendarsNotSetUp,
        CalendarAlreadyAdded,
        TooManyCalendars,
        ScreeningPending,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def add_calendar(caller: MemberCaller, body: ExternalCalendarRequest) -> Response:
    """Add a calendar of the caller's. It is read soon afterwards, and every 15 minutes from then
    on. No response ever has its address or password."""
    allow_private = _options(caller).allow_private

    async def add(tx: Transaction, actor: Actor) -> Answer:
        if body.kind is CalendarKind.CALDAV:
            view = await accounts.connect(tx, actor, body.account(), allow_private=allow_private)
        else:
            address = external_calendars.parse_address(body.address, allow_private=allow_private)
            view = await external_calendars.add(
                tx,
                actor,
                NewCalendar(
                    CalendarKind.ICS,
                    body.label,
                    address,
                    blocks_slots=body.blocks_slots,
                    receives_sessions=body.receives_sessions,
                ),
            )
        return _answer(view)

    result = await caller.run_once(add)
    calendar = result.body["calendar"]
    location = f"{BASE_PATH}/me/calendars/{calendar['id']}"
    response = created_response(result.with_body(calendar), location)
    response.headers["ETag"] = preconditions.format_version(result.body["revision"], calendar)
    return response


@router.post(
    "/me/calendars/discovery",
    summary="Find the calendars of an account",
    responses=error_responses(CalendarsNotSetUp, CalendarUnavailable, has_body=True),
)
async def discover_calendars(
    caller: MemberCaller, body: CalendarDiscoveryRequest
) -> CalendarDiscovery:
    """Sign in at a CalDAV server and return the account's calendars, of which one can be added.
    Nothing is stored."""
    directory = _options(caller).directory
    if directory is None:
        raise CalendarsNotSetUp()
    # Only members of the server may have it ask other servers.
    await caller.read(external_calendars.list_own)
    found = await directory.discover(body.server, body.username, body.password)
    return CalendarDiscovery(calendars=[CalendarChoice.from_domain(each) for each in found])


@router.get(
    "/me/calendars/{id}",
    summary="Get a calendar",
    responses=_ETAG_HEADER | error_responses(NotFound),
)
async def get_calendar(
    caller: MemberCaller, calendar_id: CalendarId, response: Response
) -> ExternalCalendar:
    """Return one of the caller's calendars."""
    view = await caller.read(external_calendars.load_own, calendar_id)
    calendar = ExternalCalendar.from_domain(view)
    response.headers["ETag"] = preconditions.format_version(view.revision, calendar.model_dump())
    return calendar


@router.patch(
    "/me/calendars/{id}",
    summary="Change a calendar",
    response_model=ExternalCalendar,
    openapi_extra=preconditions.IF_MATCH_PARAMETER,
    responses=_ETAG_HEADER
    | error_responses(
        NotFound,
        ChangedMeanwhile,
        preconditions.WEAK_TAG,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def change_calendar(
    caller: MemberCaller, calendar_id: CalendarId, body: ExternalCalendarChange
) -> Response:
    """Rename one of the caller's calendars, or change what it is used for."""
    versions = preconditions.expected_versions(caller.request)

    async def change(tx: Transaction, actor: Actor) -> Answer:
        return _answer(
            await external_calendars.change(
                tx,
                actor,
                calendar_id,
                label=body.label,
                blocks_slots=body.blocks_slots,
                receives_sessions=body.receives_sessions,
                versions=versions,
            )
        )

    result = await caller.run_once(change)
    calendar = result.body["calendar"]
    response = changed_response(result.with_body(calendar))
    response.headers["ETag"] = preconditions.format_version(result.body["revision"], calendar)
    return response


@router.delete(
    "/me/calendars/{id}",
    summary="Remove a calendar",
    response_model=ExternalCalendarList,
    responses=error_responses(NotFound, KeyReused),
)
async def remove_calendar(caller: MemberCaller, calendar_id: CalendarId) -> Response:
    """Remove one of the caller's calendars, with its address and password. Upcoming sessions are
    taken out of it. Returns the calendars that are left."""

    async def remove(tx: Transaction, actor: Actor) -> Answer:
        await external_calendars.remove(tx, actor, calendar_id)
        return EFFECT_ONLY

    result = await caller.run_once(remove)
    left = await list_calendars(caller)
    return changed_response(result.with_body(left.model_dump()))


@router.post(
    "/me/calendars/{id}/check",
    summary="Check a calendar now",
    response_model=ExternalCalendar,
    responses=error_responses(NotFound, KeyReused),
)
async def check_calendar(caller: MemberCaller, calendar_id: CalendarId) -> Response:
    """Have a calendar read as soon as possible. `checkedAt` changes once that is done; within a
    minute of the last check, nothing more is done."""

    async def check(tx: Transaction, actor: Actor) -> Answer:
        return _answer(await external_calendars.check_now(tx, actor, calendar_id))

    result = await caller.run_once(check)
    return changed_response(result.with_body(result.body["calendar"]))


def _options(caller: Caller) -> CalendarOptions:
    return get_state(caller.request).calendars


def _answer(view: ExternalCalendarView) -> Answer:
    calendar = ExternalCalendar.from_domain(view).model_dump()
    return Answer({"calendar": calendar, "revision": view.revision})
