"""No use case does more work because many other people use the program.

Each is called in a guild of two hundred members, and in the same guild with a crowd around it. The
crowd has a mentor and a mentee with far more sessions than anybody in the core: they call it, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import iscoroutinefunction, signature
from pathlib import Path

import pytest

from mentorship.mentors import mentor_roles
from mentorship.operations import health, personal_data, reconciliation
from storage import Database, statistics
from tests.conftest import CIPHER
from tests.mentorship.support.reads import module_paths, source
from tests.scale.calls.every_use_case import CALLS, UseCase
from tests.scale.community import copy_sqlite
from tests.scale.layout import NOW, Size
from tests.scale.offenders import OFFENDERS
from tests.scale.scene import Scene, prepare
from tests.scale.steps import StepCounter

FACTOR, ALLOWANCE = 1.3, 2_000
"""With the crowd, a use case may take `FACTOR` times the steps that it takes without it, plus
`ALLOWANCE`."""

UNBOUNDED: dict[UseCase, str] = {
    reconciliation.check: "reads the whole ledger, for `mentorbot check`",
    reconciliation.check_ratings: "reads all reviews, for `mentorbot check`",
    reconciliation.check_tips: "reads all transfers, for `mentorbot check`",
    reconciliation.check_seats: "reads all group sessions, for `mentorbot check`",
    health.list_guild_settings: "reads the settings of all guilds, for `mentorbot check`",
    mentor_roles.list_present: "lists all mentors, once a day",
    personal_data.list_guilds_with_data: "reads each row with a person's id once, for `mentorbot "
    "export` and `forget`",
}
"""Use cases that aren't called, each with the reason."""

BOUNDS = {
    # Up to 200 mentors, with a row for each who has earned the role.
    "recognition.earned_roles.compare_some": 60_000,
    # Up to 20 roles to give or take.
    "recognition.earned_roles.claim": 15_000,
    # The 200 highest figures.
    "recognition.leaderboard.load": 15_000,
    # Up to twenty entries, each with what its session says.
    "calendars.entry_work.claim": 10_000,
    # A batch of up to 500 events that an endpoint gets once more.
    "webhooks.fan_out.replay_some": 120_000,
    # Up to a hundred requests that were shown to the mentor.
    "sessions.offers.help_requests.list_to_answer": 15_000,
    # Counts up to a thousand open requests of the guild.
    "insights.insights.guild_insights": 35_000,
    # The first 500 profiles, sessions or reviews.
    "insights.rebuilding.mark_next": 60_000,
    # Up to forty months, with all sessions of each.
    "insights.refreshing.refresh": 80_000,
    # Hundreds of sessions of each status.
    "calendars.feed_content.load": 60_000,
    # A page of up to a hundred hidden reviews.
    "main_app.mentor_reviews.list_of_guild": 10_000,
    "availability.hours_storage.delete_past_overrides": 50_000,
    # The calendar has all sessions of the mentor in the last week: eight a day.
    "availability.editor.change_durations": 6_000,
    "sessions.offers.help_requests.offer": 8_000,
    # Counts up to a thousand open requests of the guild.
    "administration.demand.list_demand": 30_000,
    # Ten mentors, each with the first hundred of those who wait for their slots.
    "availability.slot_alerts.dispatch.tell_due": 100_000,
    "notifications.reminder_changes.replace_next_of_guild": 50_000,
    "notifications.reminder_changes.replace_next_of_member": 50_000,
    "mentors.mentor_roles.schedule_next": 50_000,
    "operations.data_export.load_page": 150_000,
    "operations.erasure_phases.steps.step": 250_000,
    "operations.erasure_phases.steps.resume": 250_000,
    "operations.guild_purge.delete_batch": 30_000,
    "operations.retention.delete_expired": 50_000,
    "operations.retention.find_expired": 150_000,
    "operations.health.load_figures": 250_000,
    # A claim takes up to a hundred of those that are due: 40,000 steps. Before that it walks over
    # the guilds with waiting notifications, 120 steps each and at most `MAX_GUILD_STEPS` of them.
    # The whole community has 300.
    "delivery.outbox.claim_due": 80_000,
    "delivery.outcomes.record": 15_000,
    "operations.health.load_overdue": 15_000,
    # The latest reviews, and mentors in the order of their names, are searched up to a limit.
    "administration.moderation_lists.list_mentors": 15_000,
    "administration.moderation_lists.list_reviews": 60_000,
    "search.tags.load_most_used_tags": 15_000,
    "sessions.session_views.list_rateable": 20_000,
    # All tags of the guild are compared with what was typed.
    "search.directory.load_expertise": 15_000,
    "search.search.suggest_tags": 15_000,
    "search.directory.suggest_mentors": 80_000,
    # The names of a thousand mentees are compared with what was typed.
    "relationships.pairs.suggest": 120_000,
}
"""The most steps of use cases that work up to a limit of their own, which they reach only with the
crowd."""

Measurements = dict[tuple[str, int], list[int]]
"""The steps of each scene by use case and call: of ordinary people, and of those of the crowd."""


def name_of(use_case: UseCase) -> str:
    """Return the name under which a use case is listed."""
    return f"{use_case.__module__}.{use_case.__qualname__}".removeprefix("mentorship.")


@cache
def program_use_cases() -> dict[str, UseCase]:
    """Return the use cases to which the bot, the API or the program refers."""
    found: dict[str, UseCase] = {}
    for module in module_paths():
        if module.partition(".")[0] not in ("bot", "api", "integrations", "mentorbot"):
            continue
        calling = source(module)
        for node in ast.walk(calling.tree):
            is_name = isinstance(node, ast.Name | ast.Attribute)
            home, _, name = ((calling.resolve(node) if is_name else None) or "").rpartition(".")
            if home.startswith("mentorship.") and home in module_paths():
                value = getattr(import_module(home), name, None)
                if iscoroutinefunction(value) and next(iter(signature(value).parameters)) == "tx":
                    found[name_of(value)] = value
    return found


def test_every_use_case_is_called() -> None:
    known = set(CALLS) | set(UNBOUNDED)
    called = program_use_cases()
    assert len(called) > 150
    new = sorted(name for name, use_case in called.items() if use_case not in known)
    assert new == [], f"list calls of {new} in tests/scale/calls/every_use_case.py"
    assert {name_of(each) for each in UNBOUNDED} <= set(called)
    assert set(BOUNDS) <= {name_of(each) for each in CALLS}


async def measure(db: Database, counter: StepCounter, scenes: list[Scene]) -> Measurements:
    """Call every use case in each scene, and undo what it does."""
    return {
        (name_of(use_case), number): [
            await counter.measure(db, use_case, list(calls(scene))[number]) for scene in scenes
        ]
        for use_case, calls in CALLS.items()
        for number in range(len(list(calls(scenes[0]))))
    }


async def measure_community(path: Path, size: Size) -> Iterator[Measurements]:
    """Measure a community without the planner's statistics, and then with them."""
    url = copy_sqlite(size, path)
    counter = StepCounter()
    results = []
    scenes: list[Scene] = []
    for analyzed in (False, True):
        if analyzed:
            # As the nightly job does.
            await statistics.gather(url)
        with counter.counting():
            # The connections are opened anew, so that they read the statistics.
            db = Database(url, clock=lambda: NOW, synchronous="OFF", cipher=CIPHER)
            scenes = scenes or await prepare(db, crowded=size is not Size.NONE)
            results.append(await measure(db, counter, scenes))
            await db.close()
    return iter(results)


@pytest.mark.parametrize("size", [Size.TENTH, pytest.param(Size.FULL, marks=pytest.mark.long)])
async def test_no_use_case_takes_more_steps_in_a_crowd(tmp_path: Path, size: Size) -> None:
    alone = next(await measure_community(tmp_path / "alone.db", Size.NONE))
    excesses: dict[str, list[str]] = {}
    for having, measured in zip(
        ("without", "with"), await measure_community(tmp_path / "crowd.db", size), strict=True
    ):
        for (name, call), steps in measured.items():
            (before,) = alone[name, call]
            if max(steps) > BOUNDS.get(name, FACTOR * before + ALLOWANCE):
                of_whom = " and ".join(f"{each:,}" for each in steps)
                excesses.setdefault(name, []).append(
                    f"{name}, call {call}: {before:,} steps alone, {of_whom} in the crowd, "
                    f"{having} statistics"
                )
    unexpected = [
        line for name, lines in excesses.items() if name not in OFFENDERS for line in lines
    ]
    assert unexpected == [], "\n" + "\n".join(unexpected)
    if size is Size.FULL:
        assert sorted(set(OFFENDERS) - set(excesses)) == [], "these take few steps now"
