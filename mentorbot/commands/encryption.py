"""The command that encrypts all stored secrets again, after a key was added."""

from __future__ import annotations

from mentorbot.commands.common import counted
from mentorbot.database import open_existing
from mentorbot.errors import CannotStart
from mentorbot.settings import Settings
from mentorship.operations import encryption_rotation
from storage import Database


async def rotate(settings: Settings) -> str:
    """Encrypt all stored secrets with the first key, and return a sentence for the operator.

    Raises `CannotStart` if no key is set, or if some values can't be decrypted with any of them;
    the others are done then. Raises what `open_existing` does.
    """
    if not settings.encryption.cipher.is_available:
        raise CannotStart("No encryption key is set. `mentorbot encryption-key` prints a new one.")
    async with open_existing(settings) as database:
        done, unreadable = await _rotate_all(database)
    if unreadable:
        raise CannotStart(
            f"{counted(unreadable, 'value')} can't be decrypted with the keys that are "
            f"set. Add the key that is missing. {counted(done, 'value')} done."
        )
    return f"{counted(done, 'value')} encrypted with the first key."


async def _rotate_all(database: Database) -> tuple[int, int]:
    done = unreadable = 0
    for column in encryption_rotation.COLUMNS:
        after: tuple[int, ...] | None = None
        while True:
            batch = await database.run(encryption_rotation.rotate_batch, column, after)
            done += batch.done
            unreadable += batch.unreadable
            if batch.last is None:
                break
            after = batch.last
    return done, unreadable
