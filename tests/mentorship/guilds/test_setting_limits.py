"""What a guild can set: limits, and that what is shown can be typed again."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.actors import MAX_ID
from mentorship.errors import Field, InvalidField
from mentorship.guilds import setting_limits
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import SETTINGS, read_duration
from tests.errors import raises, sentence
from wording import settings
from wording.durations import duration
from wording.reader import ENGLISH

DEFAULTS = GuildSettings(1)


def test_every_setting_of_a_guild_has_its_rule() -> None:
    names = {field.name for field in fields(GuildSettings)}
    assert names - SETTINGS.keys() == {"id", "lost"}
    assert names >= SETTINGS.keys()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_default_keeps_its_own_rule_and_can_be_read_back(name: str) -> None:
    setting, value = SETTINGS[name], getattr(DEFAULTS, name)
    checked = setting.check(value)
    assert (tuple(checked) if isinstance(checked, list) else checked) == value
    if not isinstance(setting, setting_limits.Choice):
        typed = settings.value(name, value, ENGLISH)
        assert setting.check(setting.read(typed)) == checked
    assert settings.hint(name, ENGLISH)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("moderator_role_id", 0),
        ("moderator_role_id", "7"),
        ("mentor_role_id", True),
        ("review_channel_id", 2**63),
        ("who_may_apply", "nobody"),
        ("who_may_apply", 1),
        ("apply_role_ids", [1, "2"]),
        ("apply_role_ids", list(range(1, 12))),
        ("approve_profile_changes", 1),
        ("approve_profile_changes", "True"),
        ("fee_percent", 101),
        ("fee_percent", -1),
        ("fee_percent", 5.0),
        ("fee_percent", None),
        ("starting_balance", True),
        ("currency_name", ""),
        ("currency_name", " - "),
        ("currency_name", "`points`"),
        ("currency_name", "poi\x00nts"),
        ("currency_emoji", ""),
        ("currency_emoji", "7"),
        ("currency_emoji", "**"),
        ("currency_emoji", "@everyone"),
        ("currency_emoji", "<:coin:1>"),
        ("currency_emoji", "🪙" * 13),
        ("currency_emoji", "X\u20e3"),
        ("currency_emoji", "77\ufe0f\u20e3"),
        ("confirm_within", 14),
        ("confirm_within", "60"),
        ("complete_after", -1),
        ("reminders", [4]),
        ("reminders", [5, 6, 7, 8, 9, 10]),
        ("meeting_place", "pub"),
    ],
)
def test_what_is_outside_the_limits(name: str, value: Any) -> None:
    with pytest.raises(InvalidField) as refused:
        setting_limits.check({name: value})
    assert refused.value.field == name
    text = sentence(refused.value)
    assert text.startswith("The ")
    assert text.endswith(".")
    assert settings.label(name, ENGLISH) in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("moderator_role_id", 1),
        ("moderator_role_id", MAX_ID),
        ("apply_role_ids", list(range(1, 11))),
        ("fee_percent", 0),
        ("fee_percent", 100),
        ("currency_name", "x"),
        ("currency_name", "x" * 20),
        ("confirm_within", 15),
        ("confirm_within", 7 * 1_440),
        ("reminders", [14 * 1_440, 8, 7, 6, 5]),
    ],
)
def test_the_ends_of_the_limits_are_allowed(name: str, value: Any) -> None:
    assert setting_limits.check({name: value}) == {name: value}


@pytest.mark.parametrize("name", ["x" * 21, "a*b", "a\u200bb"])
def test_names_that_could_break_a_sentence_are_refused(name: str) -> None:
    with pytest.raises(InvalidField):
        setting_limits.check({"currency_name": name})


def test_a_role_or_channel_is_read_by_its_id() -> None:
    assert SETTINGS["moderator_role_id"].read(" 42 ") == 42
    assert SETTINGS["moderator_role_id"].read("none") is None
    assert SETTINGS["apply_role_ids"].read("<@&42>, 7") == [42, 7]


@pytest.mark.parametrize(("text", "value"), [("50", 50), (" 50 % ", 50), ("50%", 50), ("0", 0)])
def test_whole_numbers_as_people_type_them(text: str, value: int) -> None:
    assert SETTINGS["fee_percent"].read(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("1,000", 1_000), ("10 000", 10_000), ("1_000_000", 1_000_000)]
)
def test_thousands_may_be_parted(text: str, value: int) -> None:
    assert SETTINGS["starting_balance"].read(text) == value


@pytest.mark.parametrize("text", ["", "many", "1,5", "1.5", "1,0000", "-1", "٤٢"])
def test_what_is_no_whole_number_is_refused_by_the_setting_s_name(text: str) -> None:
    with raises(InvalidField, saying="starting balance"):
        SETTINGS["starting_balance"].read(text)


@pytest.mark.parametrize("text", ["", " ", "none", "Off", "no"])
def test_reminders_can_be_none(text: str) -> None:
    assert SETTINGS["reminders"].read(text) == []


def test_reminders_may_be_joined_by_and() -> None:
    assert SETTINGS["reminders"].read("1 day, 2 hours and 10 min") == [1_440, 120, 10]


def test_applying_by_role_needs_a_role() -> None:
    with raises(InvalidField, saying="roles that may apply"):
        setting_limits.check_together("roles", [])
    setting_limits.check_together("roles", [7])
    setting_limits.check_together("everyone", [])


@pytest.mark.parametrize(
    "emoji", ["🪙", "⭐", "❤️", "👩‍🚀", "7️⃣", "🇮🇳", "€", "👍🏽", "🙂‍↔️", "<a:coin:123456789012345678>"]
)
def test_emoji_of_every_kind(emoji: str) -> None:
    assert SETTINGS["currency_emoji"].check(f" {emoji} ") == emoji


@pytest.mark.parametrize("name", ["gold coins", "Pünktchen", "O'Points", "अंक", "积分"])
def test_names_in_every_script(name: str) -> None:
    assert SETTINGS["currency_name"].check(f"  {name} ") == name


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("24h", 1_440),
        ("24 hours", 1_440),
        ("1 day", 1_440),
        ("1h30min", 90),
        ("1 hour and 30 minutes", 90),
        ("1 hour, 30 min", 90),
        ("0", 0),
        ("2 DAYS", 2_880),
    ],
)
def test_times_as_people_type_them(text: str, minutes: int) -> None:
    assert read_duration(Field.CONFIRM_WITHIN, text) == minutes


@pytest.mark.parametrize("text", ["", "24", "soon", "1h or so", "-1 h", "1.5 h", "h", "3 weeks"])
def test_times_that_can_t_be_read(text: str) -> None:
    with raises(InvalidField, saying="a number and its unit"):
        read_duration(Field.CONFIRM_WITHIN, text)


@given(st.integers(0, 30 * 1_440))
def test_a_time_that_is_shown_can_be_typed(minutes: int) -> None:
    assert read_duration(Field.CONFIRM_WITHIN, duration(minutes, ENGLISH)) == minutes


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (60, "1 hour"),
        (90, "1 hour 30 minutes"),
        (1_440, "24 hours"),
        (2_880, "2 days"),
        (2_940, "49 hours"),
        (4_320, "3 days"),
    ],
)
def test_times_in_the_units_that_people_use(minutes: int, words: str) -> None:
    assert duration(minutes, ENGLISH) == words


@given(st.lists(st.integers(5, 14 * 1_440), max_size=5))
def test_reminders_that_are_shown_can_be_typed(minutes: list[int]) -> None:
    setting = SETTINGS["reminders"]
    checked = setting.check(minutes)
    assert checked == sorted(set(minutes), reverse=True)
    assert setting.check(setting.read(settings.value("reminders", checked, ENGLISH))) == checked


def test_a_long_list_is_told_in_short() -> None:
    assert settings.change("apply_role_ids", [], [1, 2, 3, 4, 5], ENGLISH) == (
        "roles that may apply: none → <@&1>, <@&2>, <@&3> and 2 more"
    )
    assert settings.change("apply_role_ids", [1, 2, 3, 4], [1, 2, 3], ENGLISH) == (
        "roles that may apply: <@&1>, <@&2>, <@&3> and 1 more → <@&1>, <@&2>, <@&3>"
    )
