"""A second bot that is connected to the same shard, as during a rolling restart.

It has its own memory and its own connections to the database, and receives everything that Discord
sends to the first.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import simcord
from simcord import _dpy_internals
from simcord.backend import serializers
from simcord.gateway import ShardRouter
from simcord.http import FakeHTTPClient

from bot.client import MentorBot
from storage import Database
from tests.journeys.support.drawings import PICTURES


@asynccontextmanager
async def connect_second_bot(
    env: simcord.Env, db: Database, *, is_first: bool
) -> AsyncIterator[MentorBot]:
    """Connect another bot while the context is open. With `is_first`, it receives events first."""
    bot = MentorBot(db, pictures=PICTURES)
    errors: list[BaseException] = []
    _record_errors(bot, errors)
    loop = env._loop
    assert loop is not None
    _dpy_internals.install_http(bot, FakeHTTPClient(env.backend, loop))
    _dpy_internals.set_guild_ready_timeout(bot, 0.0)
    router = ShardRouter(env.backend, _dpy_internals.get_state(bot), bot.dispatch, 1, (0,))

    def feed(event: str, payload: Any) -> None:
        with env._bot_scope():
            router.feed(event, payload)

    _dpy_internals.install_websocket(bot, router.websockets[0])
    with env._bot_scope():
        await bot.login("simcord.fake.token")
        router.identify(0)
        for guild in env.backend.guilds.values():
            router.feed("GUILD_CREATE", serializers.guild_create_payload(env.backend, guild))
    await env.settle()
    subscribers = env.backend.subscribers
    subscribers.insert(0 if is_first else len(subscribers), feed)
    try:
        yield bot
    finally:
        subscribers.remove(feed)
        await bot.close()
    if errors:
        raise BaseExceptionGroup("the second bot broke", errors)


def _record_errors(bot: MentorBot, errors: list[BaseException]) -> None:
    """Collect what reaches discord.py's handlers of unexpected errors."""

    async def on_error(_event: str, /, *_args: Any, **_kwargs: Any) -> None:
        error = sys.exc_info()[1]
        assert error is not None
        errors.append(error)

    bot.on_error = on_error  # type: ignore[method-assign]  # as simcord does it
