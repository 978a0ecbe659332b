"""The guides agree with the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cogs import COGS
from mentorship.guilds.setting_limits import SETTINGS, Choice, Duration, WholeNumber
from wording.administration import settings
from wording.durations import duration
from wording.reader import ENGLISH

GUIDES = sorted((Path(__file__).parents[1] / "docs" / "guides").glob("*.md"))
SETTING_UP = (Path(__file__).parents[1] / "docs" / "guides" / "setting-up.md").read_text("utf-8")


def command_names() -> set[str]:
    names = set()
    for cog in COGS:
        for command in cog.__cog_app_commands__:
            group = getattr(cog, "__cog_group_name__", None)
            is_group = cog.__cog_is_app_commands_group__
            names.add(f"{group} {command.name}" if is_group else command.name)
    return names


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_commands_that_a_guide_names_exist(guide: Path) -> None:
    named = set(re.findall(r"`/([a-z][a-z -]*)`", guide.read_text("utf-8")))
    assert named
    assert named <= command_names()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_links_of_a_guide_lead_to_existing_files(guide: Path) -> None:
    for path in re.findall(r"\]\(((?!http)[^)]+)\)", guide.read_text("utf-8")):
        assert (guide.parent / path).exists()


@pytest.mark.parametrize("name", SETTINGS)
def test_the_guide_has_the_limits_of_each_setting(name: str) -> None:
    setting = SETTINGS[name]
    if isinstance(setting, WholeNumber) and name != "apply_minimum_rank":
        assert settings.hint(name, ENGLISH) in SETTING_UP
    if isinstance(setting, Duration):
        assert duration(setting.least, ENGLISH) in SETTING_UP
        assert duration(setting.most, ENGLISH) in SETTING_UP
    if isinstance(setting, Choice) and name == "meeting_place":
        for words in list(settings.options(name, ENGLISH).values())[1:]:
            assert words in SETTING_UP
