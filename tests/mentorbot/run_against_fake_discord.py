"""Runs `mentorbot`, as itself, with a stand-in where Discord would be.

python tests/mentorbot/run_against_fake_discord.py http://127.0.0.1:PORT run
"""

from __future__ import annotations

import sys

import discord.gateway
import discord.http
from yarl import URL

from mentorbot.cli import main


def face(address: str) -> None:
    """From now on this process takes the stand-in at `address` for Discord."""
    discord.http.Route.BASE = f"{address}/api"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(f"{address}/gateway").with_scheme("ws")


if __name__ == "__main__":
    face(sys.argv.pop(1))
    main(prog_name="mentorbot")
