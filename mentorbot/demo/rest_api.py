"""The demo's REST API, with a token to try it."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from api.auth import Scope
from api.middleware import BASE_PATH
from api.options import ModeratorSource
from bot.client import MentorBot
from bot.guilds.member_directory import MemberDirectory
from mentorbot import api_server
from mentorbot.commands import tokens
from mentorbot.metrics.process_gauges import Role
from mentorbot.monitor import ProcessMonitor
from mentorbot.settings import ApiSettings
from mentorship.actors import Actor
from storage import Database


@dataclass(frozen=True, slots=True)
class DemoApi:
    """The address of the API, and a token with all scopes."""

    address: str
    token: str

    @property
    def docs_url(self) -> str:
        """The address of the API's interactive documentation."""
        return f"{self.address}/api/docs"

    @property
    def shell_commands(self) -> str:
        """The first commands to type in another terminal."""
        return (
            f"export API={self.address}{BASE_PATH}\n"
            f"export TOKEN={self.token}\n"
            'curl -H "Authorization: Bearer $TOKEN" $API/me'
        )


@asynccontextmanager
async def serve_demo_api(
    host: str, port: int, db: Database, bot: MentorBot, actor: Actor
) -> AsyncIterator[DemoApi]:
    """Serve the API on `port`, or on a free one if that is taken, with a token for `actor`."""
    settings = ApiSettings(
        host=host,
        port=port if _is_free(host, port) else 0,
        # A new secret each time, so that a token is only valid for one demo.
        secret=SecretStr(secrets.token_hex(32)),
        moderators=ModeratorSource.TOKEN,
    )
    token = tokens.create_token(
        api_server.api_options(settings).tokens,
        user_id=actor.user_id,
        guild_id=actor.guild,
        scopes=list(Scope),
        valid_for=timedelta(days=1),
    )
    async with api_server.serve_api(
        settings, db, monitor=ProcessMonitor(db, Role.ALL), member_lookup=MemberDirectory(bot)
    ) as bound_port:
        yield DemoApi(f"http://{host}:{bound_port}", token)


def _is_free(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True
