"""Calls of the use cases of insights, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from mentorship.insights import insights
from mentorship.insights.views import InsightsRange
from tests.scale.arguments import Arguments, given
from tests.scale.scene import Scene

INSIGHT_CALLS: dict[Callable[..., Awaitable[object]], Callable[[Scene], Iterable[Arguments]]] = {
    insights.mentor_insights: lambda scene: [
        given(scene.mentor.actor, span) for span in InsightsRange
    ],
    insights.guild_insights: lambda scene: [given(scene.chief, span) for span in InsightsRange],
}
