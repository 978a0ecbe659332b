"""What whoever runs the program does for a person who asks for their data, or to be forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mentorbot.errors import CannotStart
from mentorbot.maintenance import Progress, existing
from mentorbot.settings import Settings
from mentorship.actors import Actor
from mentorship.errors import StillToSettle
from mentorship.operations import data_export, erasure
from mentorship.operations.erasure import Kept
from storage import Database


async def export(settings: Settings, user_id: int, guild_id: int | None) -> list[dict[str, Any]]:
    """All that is kept about a person, an object for each server that knows them, or for one.

    Raises `CannotStart` or `storage.StorageError`.
    """
    async with existing(settings) as database:
        return [
            await database.read(data_export.export, _as(user_id, server))
            for server in await _servers(database, user_id, guild_id)
        ]


async def known(settings: Settings, user_id: int, guild_id: int | None) -> dict[int, Kept]:
    """What forgetting a person means, by server; only those that know them.

    Raises `CannotStart` or `storage.StorageError`.
    """
    async with existing(settings) as database:
        with _in_the_operators_words():
            return {
                server: await database.read(erasure.before_forget, _as(user_id, server))
                for server in await _servers(database, user_id, guild_id)
            }


async def forget(
    settings: Settings, user_id: int, servers: Sequence[int], progress: Progress
) -> None:
    """Forget a person in these servers, each in a transaction of its own, and clean the file.

    Raises `CannotStart` or `storage.StorageError`.
    """
    async with existing(settings) as database:
        for done, server in enumerate(servers, 1):
            with _in_the_operators_words():
                await database.run(erasure.forget, _as(user_id, server))
            progress(done / (len(servers) + 1))
        await database.vacuum()
        progress(1)


async def _servers(database: Database, user_id: int, guild_id: int | None) -> list[int]:
    found = await database.read(data_export.known_in, user_id)
    return [server for server in found if guild_id in (None, server)]


def _as(user_id: int, guild_id: int) -> Actor:
    return Actor(user_id, data_export.NOBODY, guild_id)


@contextmanager
def _in_the_operators_words() -> Iterator[None]:
    try:
        yield
    except StillToSettle as error:
        raise CannotStart(
            f"They have a session, starting {error.starts_at:%Y-%m-%d %H:%M} UTC, that is still to "
            "be settled. Try again once it is over."
        ) from error
