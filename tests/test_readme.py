"""The README agrees with the program."""

from __future__ import annotations

import re
from pathlib import Path

from bot.client import permissions
from bot.cogs import COGS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_invite_link_requests_the_bots_permissions() -> None:
    (requested,) = re.findall(r"permissions=(\d+)", README)
    assert int(requested) == permissions().value


def test_the_readme_names_every_command() -> None:
    table = README.split("## What people can do")[1].split("## Work on it")[0]
    names = [
        command.name
        for cog in COGS
        for command in [*cog.__cog_app_commands__, *cog.__cog_commands__]
    ]
    assert len(names) > 15
    for name in names:
        assert re.search(rf"(?<![\w-]){name}(?![\w-])", table), name


def test_links_of_the_readme_lead_to_existing_files() -> None:
    for path in re.findall(r"\]\(((?!http)[^)]+)\)", README):
        assert (Path(__file__).parents[1] / path).exists(), path
