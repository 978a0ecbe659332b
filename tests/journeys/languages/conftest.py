"""The transcript of a story, once for each language."""

from __future__ import annotations

import pytest

from tests.journeys.languages.transcript import Transcript
from tests.journeys.support.simulated_guild import SimulatedGuild
from wording import catalogues


@pytest.fixture(params=catalogues.tags())
async def transcript(guild: SimulatedGuild, request: pytest.FixtureRequest) -> Transcript:
    """A transcript whose server and people speak one language.

    `--update-snapshots` lets it write the file that it is otherwise compared with.
    """
    await guild.configure(language=request.param)
    story = request.path.stem.removeprefix("test_").removesuffix("_story")
    update = request.config.getoption("update_snapshots")
    return Transcript(guild, story, request.param, update=update)
