"""Runs `mentorbot` with a fake Discord.

python tests/mentorbot/support/run_against_fake_discord.py http://127.0.0.1:PORT run
"""

from __future__ import annotations

import sys

import discord.gateway
import discord.http
from yarl import URL

from mentorbot.cli import main


def use_fake_discord(address: str) -> None:
    """Make discord.py in this process connect to the fake Discord at `address`."""
    discord.http.Route.BASE = f"{address}/api"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(f"{address}/gateway").with_scheme("ws")


if __name__ == "__main__":
    use_fake_discord(sys.argv.pop(1))
    main(prog_name="mentorbot")
