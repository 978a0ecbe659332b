"""The demo's REST API: the same server with its people, as a main app would drive it."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from api.auth import Scope
from api.middleware import BASE
from api.options import Moderators
from bot.client import MentorBot
from bot.guilds.member_directory import Directory
from mentorbot import api_server, tokens
from mentorbot.settings import ApiSettings
from mentorship.actors import Actor
from storage import Database


@dataclass(frozen=True, slots=True)
class Door:
    """Where the API is, and a token that opens all of it."""

    address: str
    token: str

    @property
    def page(self) -> str:
        return f"{self.address}/api/docs"

    @property
    def curl(self) -> str:
        """A call that can be pasted into a terminal as it stands."""
        return f'curl -H "Authorization: Bearer {self.token}" {self.address}{BASE}/me'

    @property
    def words(self) -> str:
        """What to type into another terminal, to begin with."""
        return (
            f"export API={self.address}{BASE}\n"
            f"export TOKEN={self.token}\n"
            'curl -H "Authorization: Bearer $TOKEN" $API/me'
        )


@asynccontextmanager
async def opened(
    host: str, port: int, db: Database, bot: MentorBot, who: Actor
) -> AsyncIterator[Door]:
    """The API at `port`, or at a free one if that is taken, with a token of `who`."""
    settings = ApiSettings(
        host=host,
        port=port if _is_free(host, port) else 0,
        # Made anew each time, so that a token of one demo opens no other.
        secret=SecretStr(secrets.token_hex(32)),
        moderators=Moderators.TOKEN,
    )
    token = tokens.create_token(
        api_server.api_options(settings).tokens,
        user_id=who.user_id,
        guild_id=who.guild,
        scopes=list(Scope),
        valid_for=timedelta(days=1),
    )
    async with api_server.serve_api(
        settings, db, people=Directory(bot), connected=bot.is_ready
    ) as found:
        yield Door(f"http://{host}:{found}", token)


def _is_free(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True
