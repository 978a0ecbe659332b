"""`mentorbot export` and `mentorbot forget`: requests of people for their data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import IO

from mentorbot.commands.common import Progress
from mentorbot.database import open_existing
from mentorbot.errors import CannotStart
from mentorbot.settings import Settings
from mentorship.actors import Actor
from mentorship.errors import StillToSettle, TermsChanged
from mentorship.operations import erasure, export_file, personal_data
from mentorship.operations.erasure import ErasurePreview
from mentorship.operations.erasure_phases import steps as erasure_steps
from storage import Database, compaction
from storage.batches import run_in_batches


async def export(
    settings: Settings,
    user_id: int,
    guild_id: int | None,
    open_output: Callable[[], AbstractContextManager[IO[bytes]]],
) -> None:
    """Write all data about a person as a JSON list of one object per guild, or of `guild_id` only.

    The list is written piece by piece, in UTF-8, to what `open_output` opens once the database was
    found. Raises `CannotStart`, `storage.StorageError`, or `OSError`.
    """
    async with open_existing(settings) as database:
        guilds = await _guilds_knowing(database, user_id, guild_id)
        with open_output() as file:
            file.write(b"[")
            for number, guild in enumerate(guilds):
                file.write(b",\n" if number else b"\n")
                await export_file.write_json(database, _actor(user_id, guild), file.write)
            file.write(b"\n]\n" if guilds else b"]\n")


async def preview_erasure(
    settings: Settings, user_id: int, guild_id: int | None
) -> dict[int, ErasurePreview]:
    """Return what erasing a person would do, by guild; guilds without data of theirs are left out.

    Raises `CannotStart` or `storage.StorageError`.
    """
    async with open_existing(settings) as database:
        with _translate_errors():
            return {
                guild: await database.read(erasure.preview, _actor(user_id, guild))
                for guild in await _guilds_knowing(database, user_id, guild_id)
            }


async def erase(
    settings: Settings, user_id: int, previews: Mapping[int, ErasurePreview], progress: Progress
) -> None:
    """Erase a person from guilds, one after the other, and then what is left in free space.

    `previews` are what the operator saw, by guild. Nothing more is erased than they say.

    Raises `CannotStart` or `storage.StorageError`.
    """
    async with open_existing(settings) as database:
        for done, (guild, preview) in enumerate(previews.items(), 1):
            with _translate_errors():
                erased = await database.run(erasure.erase, _actor(user_id, guild), preview.terms)
            if erased.unfinished is not None:
                await run_in_batches(database, erasure_steps.step, erased.unfinished)
            progress(done / (len(previews) + 1))
        await compaction.compact(database)
        progress(1)


async def _guilds_knowing(database: Database, user_id: int, guild_id: int | None) -> list[int]:
    guilds = await database.read(personal_data.list_guilds_with_data, user_id)
    return [guild for guild in guilds if guild_id in (None, guild)]


def _actor(user_id: int, guild_id: int) -> Actor:
    return Actor(user_id, personal_data.FORMER_MEMBER, guild_id)


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise a refusal to erase someone as `CannotStart`."""
    try:
        yield
    except StillToSettle as error:
        raise CannotStart(
            f"A session of theirs, starting {error.starts_at:%Y-%m-%d %H:%M} UTC, isn't settled "
            "yet. Try again once it is over."
        ) from error
    except TermsChanged as error:
        raise CannotStart(
            "Their sessions or points have changed since the preview. Run the command again."
        ) from error
