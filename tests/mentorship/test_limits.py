"""How often a member may do something, and when they may again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mentorship import limits
from mentorship.errors import Limit, LimitReached
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import SETTINGS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
GUILD = GuildSettings(1, limit_pending=2, limit_data_requests=3, limit_proposals=1)


@pytest.mark.parametrize("limit", Limit)
def test_each_limit_is_a_setting(limit: Limit) -> None:
    assert limit.value in SETTINGS


def test_the_last_allowed_time_passes_and_the_next_is_refused() -> None:
    limits.require(Limit.PROPOSALS, GUILD, 0)
    with pytest.raises(LimitReached) as refused:
        limits.require(Limit.PROPOSALS, GUILD, 1, NOON)
    assert refused.value.limit is Limit.PROPOSALS
    assert (refused.value.most, refused.value.ends_at) == (1, NOON)


def test_a_limit_ends_when_the_first_thing_ends() -> None:
    limits.require_for_ends(Limit.PENDING, GUILD, [NOON])
    with pytest.raises(LimitReached) as refused:
        limits.require_for_ends(Limit.PENDING, GUILD, [NOON + HOUR, NOON])
    assert refused.value.ends_at == NOON


def test_above_a_lowered_limit_several_things_have_to_end() -> None:
    ends = [NOON + hours * HOUR for hours in (3, 1, 0, 2)]
    with pytest.raises(LimitReached) as refused:
        limits.require_for_ends(Limit.PENDING, GUILD, ends)
    assert refused.value.ends_at == NOON + 2 * HOUR


def test_an_act_counts_until_the_end_of_its_window() -> None:
    acts = [NOON, NOON + HOUR / 4, NOON + HOUR / 2]
    limits.require_for_acts(Limit.DATA_REQUESTS, GUILD, acts[:2])
    with pytest.raises(LimitReached) as refused:
        limits.require_for_acts(Limit.DATA_REQUESTS, GUILD, acts)
    assert refused.value.ends_at == NOON + HOUR
