"""Who acts in a call, and how a route has use cases done for them.

A route takes one of `Member`, `Moderator` and `Service`, which says who may call it, and reads or
runs use cases through it. What a token can't know of a person (their name and roles in the guild)
is asked of Discord where the bot runs beside the API, and of the records where it doesn't.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Depends, Request
from pydantic_core import PydanticCustomError

from api.auth import Caller, Scope
from api.idempotency import Result, request_key
from api.identity import People
from api.middleware import CALLER
from api.options import Moderators
from api.problems import RETRY_AFTER, Problem, invalid_header
from api.schemas.base import id_of
from mentorship import idempotency
from mentorship.actors import Actor
from mentorship.errors import MentorshipError, NotAMember
from storage import Database, Transaction

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

ACT_AS = "Act-As"
"""The header with which a service says for whom it calls (`api.openapi`)."""


@dataclass(frozen=True, slots=True)
class World:
    """What all calls share. `with_discord`: `people` are Discord's, so their roles are known."""

    database: Database
    people: People
    with_discord: bool
    moderators: Moderators


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who acts through this call."""

    actor: Actor
    call: Request

    @property
    def _database(self) -> Database:
        return world(self.call).database

    def now(self) -> datetime:
        """The present, as use cases have it."""
        return self._database.now()

    async def read(
        self,
        use_case: Callable[Concatenate[Transaction, Actor, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Let a use case that only looks look for them."""
        return await self._database.read(use_case, self.actor, *args, **kwargs)

    async def run(
        self,
        use_case: Callable[Concatenate[Transaction, Actor, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Have a use case done for them."""
        return await self._database.run(use_case, self.actor, *args, **kwargs)

    async def run_once(
        self, action: Callable[[Transaction, Actor], Awaitable[dict[str, Any]]]
    ) -> Result:
        """Run an action that creates something, only once for each `Idempotency-Key`.

        `action` returns the response body.
        """
        key = await request_key(self.call)
        if key is None:
            return Result(await self.run(action), replayed=False)
        try:
            body = await self.run(idempotency.run_once, key.key, key.digest, action)
            return Result(body, replayed=False)
        except (MentorshipError, idempotency.KeyTaken):
            # A request that was completed before often fails now: its slot is taken, for example.
            stored = await self.read(idempotency.find_response, key.key, key.digest)
            if stored is None:
                raise
            return Result(stored, replayed=True)

    async def for_member(self, user_id: int) -> Acting:
        """The same call, for somebody else of the guild."""
        return await _acting(self.call, self.actor.guild, user_id)


async def _acting(call: Request, guild_id: int, user_id: int, name: str | None = None) -> Acting:
    found = await _found(call, guild_id, user_id)
    # To moderate takes the scope: without it, nobody does over REST.
    actor = replace(found, name=found.name or name or "A member", manages_guild=False)
    return Acting(actor, call)


def caller(request: Request) -> Caller:
    """The caller whom the gate has let in."""
    found: Caller = request.scope[CALLER]
    return found


def world(request: Request) -> World:
    """What all calls share."""
    found: World = request.app.state.world
    return found


async def _member(request: Request) -> Acting:
    who, act_as = caller(request), _act_as(request)
    if Scope.SERVICE in who.scopes:
        user_id = who.user_id if act_as is None else act_as
        name = who.name if user_id == who.user_id else None
        return await _acting(request, who.guild_id, user_id, name)
    if act_as not in (None, who.user_id):
        raise _needs(Scope.SERVICE, "to act for somebody else")
    # Whoever moderates is a member as well.
    return await _acting(request, who.guild_id, who.user_id, who.name)


def _act_as(request: Request) -> int | None:
    """For whom the call is made, if it says so. Read by hand, since most calls don't."""
    sent = request.headers.get(ACT_AS)
    if sent is None:
        return None
    try:
        return id_of(sent)
    except PydanticCustomError as error:
        raise invalid_header(ACT_AS, error.message()) from None


async def _moderator(request: Request) -> Acting:
    who, where = caller(request), world(request)
    if Scope.MODERATOR not in who.scopes:
        raise _needs(Scope.MODERATOR, "for this call")
    if where.moderators is Moderators.TOKEN:
        acting = await _acting(request, who.guild_id, who.user_id, who.name)
        return replace(acting, actor=replace(acting.actor, manages_guild=True))
    if not where.with_discord:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "moderators-unknown",
            "This API runs apart from the bot, so it can't see who moderates the server. Whoever "
            'runs it can trust the token instead: moderators = "token" in [api].',
        )
    return Acting(await _found(request, who.guild_id, who.user_id), request)


async def _found(call: Request, guild_id: int, user_id: int) -> Actor:
    try:
        found = await world(call).people(guild_id, user_id)
    except ConnectionError as error:
        log.warning("Discord can't be asked about a member", exc_info=error)
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "discord-unreachable",
            "Discord can't be asked about this member at the moment. Try again in a minute.",
            headers={"Retry-After": str(RETRY_AFTER)},
        ) from None
    if found is None:
        raise NotAMember()
    return found


async def _service(request: Request) -> Acting:
    who = caller(request)
    if Scope.SERVICE not in who.scopes:
        raise _needs(Scope.SERVICE, "for this call")
    # The main app is nobody in the guild; what it may, its scope says.
    actor = Actor(who.user_id, who.name or "the main app", who.guild_id, manages_guild=True)
    return Acting(actor, request)


def _needs(scope: Scope, what: str) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "insufficient-scope",
        f"The token needs the scope {scope.value} {what}.",
        headers={
            "WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope.value}"',
        },
    )


Member = Annotated[Acting, Depends(_member)]
Moderator = Annotated[Acting, Depends(_moderator)]
Service = Annotated[Acting, Depends(_service)]
