"""Dependencies of the routes: who makes a request, and running use cases for them.

A handler takes a `MemberCaller`, `ModeratorCaller` or `ServiceCaller`, which also says who may call
it, and runs use cases through it. A token only has the caller's id. Their name and roles come from
Discord if the bot runs in this process, otherwise from the database.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Concatenate, ParamSpec, TypeVar

from fastapi import Depends, Request
from pydantic_core import PydanticCustomError

from api.auth import Claims, Scope
from api.http.methods import SAFE_METHODS
from api.idempotency import Result, request_key
from api.identity import CachedMemberLookup, MemberLookup
from api.middleware import ACT_AS_HEADER, CLAIMS_KEY
from api.options import ModeratorSource
from api.problems import RETRY_AFTER, Problem, invalid_header, invalid_value
from api.schemas.base import parse_id
from mentorship import idempotency, meeting_places
from mentorship.actors import Actor
from mentorship.calendars.options import CalendarOptions
from mentorship.calendars.refreshing import BusyRefresher
from mentorship.errors import MentorshipError, NotAMember
from mentorship.members import members
from mentorship.points.transfers import Recipient
from mentorship.search.unmet import SearchMemory
from storage import Database, Transaction
from wording.translation import _, pgettext

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ApiState:
    """What all requests share, as `app.state.api`.

    `has_discord`: `member_lookup` asks Discord, so it returns the members' roles.
    `allow_private_addresses`: webhooks may be sent to private addresses, and by `http`.
    `calendar_refresher`: reads mentors' calendars before bookings.
    `meeting_providers`: those that can be chosen as a place to meet.
    `calendars`: which calendars people can use.
    `search_memory`: whose search has been counted today.
    """

    database: Database
    member_lookup: CachedMemberLookup
    has_discord: bool
    moderator_source: ModeratorSource
    calendars: CalendarOptions
    allow_private_addresses: bool = False
    calendar_refresher: BusyRefresher | None = None
    meeting_providers: tuple[str, ...] = ()
    search_memory: SearchMemory = field(default_factory=SearchMemory)


@dataclass(frozen=True, slots=True)
class Caller:
    """The person for whom a request is made. Runs use cases with them as the actor."""

    actor: Actor
    request: Request

    @property
    def _database(self) -> Database:
        return get_state(self.request).database

    def now(self) -> datetime:
        """Return the time of the database's clock, which use cases see as `tx.now`."""
        return self._database.now()

    def require_place(self, place: str | None, pointer: str) -> None:
        """Raise `Problem` (422) for a meeting provider that isn't configured.

        `pointer` is where the body has it.
        """
        providers = get_state(self.request).meeting_providers
        if meeting_places.is_provider(place) and place not in providers:
            raise invalid_value(
                pointer,
                pgettext("a field of a request", "must be a meeting provider that is configured"),
            )

    async def read(
        self,
        use_case: Callable[Concatenate[Transaction, Actor, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a use case in a read-only transaction and return its result."""
        return await self._database.read(use_case, self.actor, *args, **kwargs)

    async def run(
        self,
        use_case: Callable[Concatenate[Transaction, Actor, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a use case in a transaction and return its result."""
        return await self._database.run(use_case, self.actor, *args, **kwargs)

    async def count_search(
        self,
        search: tuple[object, ...],
        use_case: Callable[Concatenate[Transaction, Actor, P], Awaitable[None]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Count a search that found nothing, once a day for each person and `search`.

        It is run after the response was sent, so a failure is only logged.
        """
        memory = get_state(self.request).search_memory
        if not memory.add(self.now().date(), self.actor, *search):
            return
        try:
            await self.run(use_case, *args, **kwargs)
        except Exception:
            log.exception("can't count a search", extra={"guild_id": self.actor.guild_id})

    async def run_once(
        self, action: Callable[[Transaction, Actor], Awaitable[idempotency.Answer]]
    ) -> Result:
        """Run an action that creates something, only once for each `Idempotency-Key`.

        `action` returns the response, and the person whom it names besides the caller.
        """
        key = await request_key(self.request)
        if key is None:
            return Result((await self.run(action)).body, replayed=False)
        try:
            response = await self.run(idempotency.run_once, key.key, key.digest, action)
            return Result(response.body, replayed=False)
        except (MentorshipError, idempotency.KeyTaken):
            # A request that was completed before often fails now: its slot is taken, for example.
            stored = await self.read(idempotency.find_response, key.key, key.digest)
            if stored is None:
                raise
            return Result(stored, replayed=True)

    async def refresh_calendars(self, user_id: int) -> None:
        """Read the calendars of somebody who is about to be booked, if that is overdue."""
        if (refresher := get_state(self.request).calendar_refresher) is not None:
            await refresher.refresh(user_id)

    async def record_screening(self, user_id: int) -> None:
        """Record whether a member has accepted the guild's rules, if Discord can be asked."""
        state = get_state(self.request)
        if state.has_discord:
            try:
                member = await state.member_lookup(self.actor.guild, user_id)
            except ConnectionError:
                return
            if member is not None and member.screening_pending is not None:
                guild_id, pending = self.actor.guild, member.screening_pending
                await self._database.run(members.record_screening, guild_id, user_id, pending)

    async def for_member(self, user_id: int) -> Caller:
        """Return this caller with another member of the guild as the actor."""
        return await _load_caller(self.request, self.actor.guild, user_id)

    async def recipient(self, user_id: int) -> Recipient:
        """Return another person as Discord knows them now, or, without Discord, the database.

        Raises `Problem` (503) if Discord can't be reached.
        """
        state = get_state(self.request)
        member = await _ask(state.member_lookup.fetch, self.actor.guild, user_id)
        if member is None:
            return Recipient(user_id, is_member=False)
        return Recipient(
            user_id, member.name or None, is_member=True if state.has_discord else None
        )


def get_state(request: Request) -> ApiState:
    """Return what all requests share."""
    state: ApiState = request.app.state.api
    return state


def get_claims(request: Request) -> Claims:
    """Return the claims of the request's token, which the middleware has verified."""
    claims: Claims = request.scope[CLAIMS_KEY]
    return claims


async def get_member(request: Request) -> Caller:
    """Return the member for whom the request is made: the token's, or the one in `Act-As`.

    Raises `Problem` (403) if `Act-As` needs the scope `service`, (422) if it isn't an id, or (503)
    if Discord can't be reached. Raises `NotAMember`.
    """
    claims, act_as = get_claims(request), _act_as(request)
    if Scope.SERVICE in claims.scopes:
        user_id = claims.user_id if act_as is None else act_as
        name = claims.name if user_id == claims.user_id else None
        return await _load_caller(request, claims.guild_id, user_id, name)
    if act_as not in (None, claims.user_id):
        raise _insufficient_scope(
            Scope.SERVICE,
            _(
                "The token needs the scope {scope} to act for another member.",
                scope=Scope.SERVICE.value,
            ),
        )
    # Moderators are members too, so any scope will do.
    return await _load_caller(request, claims.guild_id, claims.user_id, claims.name)


async def get_moderator(request: Request) -> Caller:
    """Return the moderator who makes the request.

    Use cases check the moderator role. Raises `Problem` (403) without the scope `moderator`, or if
    roles are needed and the API runs without the bot; (503) if Discord can't be reached. Raises
    `NotAMember`.
    """
    claims, state = get_claims(request), get_state(request)
    if Scope.MODERATOR not in claims.scopes:
        raise _insufficient_scope(Scope.MODERATOR, _scope_needed(Scope.MODERATOR))
    if state.moderator_source is ModeratorSource.TOKEN:
        member = await _find_member(request, claims.guild_id, claims.user_id)
        name = member.name or claims.name or "A member"
        # The scope doesn't say that they manage the server, and so may decide about themselves.
        return Caller(replace(member, name=name, moderates=True), request)
    if not state.has_discord:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "moderators-unknown",
            _(
                "This API runs without the bot, so it can't see who moderates the server. To trust "
                "the token's scope instead, set {setting} in {section}.",
                setting='moderators = "token"',
                section="[api]",
            ),
        )
    lookup = state.member_lookup
    # A decision needs the roles of this moment; lists may be as old as the cache.
    find = lookup if request.method in SAFE_METHODS else lookup.fetch
    moderator = await _ask(find, claims.guild_id, claims.user_id)
    if moderator is None:
        raise NotAMember()
    return Caller(moderator, request)


async def get_participant_or_moderator(request: Request) -> Caller:
    """Return the member for whom the request is made, as a moderator if they are one.

    A token with the scope `moderator` counts as in `get_moderator`, but in an API that can't see
    who moderates the server it is a member's. Raises what `get_member` does.
    """
    claims, state = get_claims(request), get_state(request)
    knows_moderators = state.has_discord or state.moderator_source is ModeratorSource.TOKEN
    is_own_request = _act_as(request) in (None, claims.user_id)
    if Scope.MODERATOR in claims.scopes and is_own_request and knows_moderators:
        return await get_moderator(request)
    return await get_member(request)


async def get_reader(request: Request) -> Caller:
    """Return who reads something that all members can see: a member, a moderator or the main app.

    The main app, with the scope `service` and without `Act-As`, sees as much as moderators do.
    Raises what `get_member` does.
    """
    if Scope.SERVICE in get_claims(request).scopes and _act_as(request) is None:
        return await get_service(request)
    return await get_participant_or_moderator(request)


async def get_service(request: Request) -> Caller:
    """Return the main app as the caller. Raises `Problem` (403) without the scope `service`."""
    claims = get_claims(request)
    if Scope.SERVICE not in claims.scopes:
        raise _insufficient_scope(Scope.SERVICE, _scope_needed(Scope.SERVICE))
    # The main app is no member of the guild. Its scope allows what a manager may do.
    actor = Actor(
        claims.user_id,
        claims.name or "the main app",
        claims.guild_id,
        manages_guild=True,
        is_main_app=True,
    )
    return Caller(actor, request)


def _act_as(request: Request) -> int | None:
    # Not a header parameter of the routes: FastAPI would validate it for every request.
    header = request.headers.get(ACT_AS_HEADER)
    if header is None:
        return None
    try:
        return parse_id(header)
    except PydanticCustomError as error:
        raise invalid_header(ACT_AS_HEADER, error.message()) from None


async def _load_caller(
    request: Request, guild_id: int, user_id: int, name: str | None = None
) -> Caller:
    """Return a member as the caller, by `name` if they have no other."""
    member = await _find_member(request, guild_id, user_id)
    # The permission Manage Server only counts together with the scope `moderator`.
    if member.manages_guild or not member.name:
        member = replace(member, name=member.name or name or "A member", manages_guild=False)
    return Caller(member, request)


async def _find_member(request: Request, guild_id: int, user_id: int) -> Actor:
    member = await _ask(get_state(request).member_lookup, guild_id, user_id)
    if member is None:
        raise NotAMember()
    return member


async def _ask(lookup: MemberLookup, guild_id: int, user_id: int) -> Actor | None:
    """Look somebody up. Raises `Problem` (503) if Discord can't be reached."""
    try:
        return await lookup(guild_id, user_id)
    except ConnectionError as error:
        log.warning("member lookup in Discord failed", exc_info=error)
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "discord-unreachable",
            _("Discord can't be reached to look up this member. Try again in a minute."),
            headers={"Retry-After": str(RETRY_AFTER)},
        ) from None


def _scope_needed(scope: Scope) -> str:
    return _("The token needs the scope {scope} for this request.", scope=scope.value)


def _insufficient_scope(scope: Scope, detail: str) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "insufficient-scope",
        detail,
        headers={
            "WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope.value}"',
        },
    )


MemberCaller = Annotated[Caller, Depends(get_member)]
ParticipantOrModeratorCaller = Annotated[Caller, Depends(get_participant_or_moderator)]
ReaderCaller = Annotated[Caller, Depends(get_reader)]
ModeratorCaller = Annotated[Caller, Depends(get_moderator)]
ServiceCaller = Annotated[Caller, Depends(get_service)]
