"""The export of a person's data, as a test reads it."""

from __future__ import annotations

import json
from typing import Any

from mentorship.actors import Actor
from mentorship.operations import export_file
from storage import Database


async def export(db: Database, actor: Actor) -> dict[str, Any]:
    """Return all data about the actor in their guild, as it would be written to a file."""
    written = bytearray()
    await export_file.write_json(db, actor, written.extend)
    exported: dict[str, Any] = json.loads(written)
    return exported
