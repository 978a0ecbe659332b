"""The settings of a guild: limits, and that values in words can be typed again."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.actors import MAX_ID
from mentorship.errors import Field, InvalidField, Problem
from mentorship.guilds import setting_limits
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import SETTINGS, parse_duration
from tests.errors import raises, sentence
from wording.administration import settings
from wording.reader import ENGLISH

DEFAULTS = GuildSettings(1)


def test_every_guild_setting_has_a_rule() -> None:
    names = {field.name for field in fields(GuildSettings)}
    assert names - SETTINGS.keys() == {"id", "lost"}
    assert names >= SETTINGS.keys()


@pytest.mark.parametrize("name", SETTINGS)
def test_defaults_are_valid_and_can_be_typed(name: str) -> None:
    setting, value = SETTINGS[name], getattr(DEFAULTS, name)
    validated = setting.validate(value)
    assert (tuple(validated) if isinstance(validated, list) else validated) == value
    if not isinstance(setting, setting_limits.Choice | setting_limits.LanguageTag):
        typed = settings.value(name, value, ENGLISH)
        assert setting.validate(setting.parse(typed)) == validated
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
def test_values_out_of_range_are_invalid_settings(name: str, value: Any) -> None:
    with pytest.raises(InvalidField) as raised:
        setting_limits.validate({name: value})
    assert raised.value.field == name
    text = sentence(raised.value)
    assert text.startswith("The ")
    assert text.endswith(".")
    assert settings.label(name, ENGLISH) in text


@pytest.mark.parametrize(
    ("name", "value", "problem", "limits"),
    [
        ("moderator_role_id", 0, Problem.UNKNOWN_ID, (None, None)),
        ("apply_role_ids", list(range(1, 12)), Problem.TOO_MANY, (None, 10)),
        ("who_may_apply", "nobody", Problem.NOT_AN_OPTION, (None, None)),
        ("fee_percent", 101, Problem.OUT_OF_RANGE, (0, 100)),
        ("fee_percent", None, Problem.NOT_A_WHOLE_NUMBER, (None, None)),
        ("confirm_within", 14, Problem.OUT_OF_RANGE, (15, 7 * 1_440)),
        ("reminders", [5, 6, 7, 8, 9, 10], Problem.TOO_MANY, (None, 5)),
        ("reminders", [4], Problem.OUT_OF_RANGE, (5, 14 * 1_440)),
    ],
)
def test_an_invalid_setting_names_its_problem_and_limits(
    name: str, value: Any, problem: Problem, limits: tuple[int | None, int | None]
) -> None:
    with pytest.raises(InvalidField) as raised:
        setting_limits.validate({name: value})
    assert (raised.value.field, raised.value.problem) == (name, problem)
    assert (raised.value.least, raised.value.most) == limits


@pytest.mark.parametrize(("name", "text"), [("confirm_within", "Soon"), ("reminders", "1 h, soon")])
def test_an_unreadable_duration_error_has_its_text(name: str, text: str) -> None:
    with pytest.raises(InvalidField) as raised:
        SETTINGS[name].parse(text)
    assert (raised.value.field, raised.value.problem) == (name, Problem.NOT_A_DURATION)
    assert raised.value.typed == "soon"


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
def test_limits_are_inclusive(name: str, value: Any) -> None:
    assert setting_limits.validate({name: value}) == {name: value}


@pytest.mark.parametrize("name", ["x" * 21, "a*b", "a\u200bb"])
def test_currency_names_with_markup_are_invalid(name: str) -> None:
    with pytest.raises(InvalidField):
        setting_limits.validate({"currency_name": name})


def test_roles_and_channels_are_parsed_by_id() -> None:
    assert SETTINGS["moderator_role_id"].parse(" 42 ") == 42
    assert SETTINGS["moderator_role_id"].parse("none") is None
    assert SETTINGS["apply_role_ids"].parse("<@&42>, 7") == [42, 7]


@pytest.mark.parametrize(("text", "value"), [("50", 50), (" 50 % ", 50), ("50%", 50), ("0", 0)])
def test_whole_numbers_are_parsed(text: str, value: int) -> None:
    assert SETTINGS["fee_percent"].parse(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("1,000", 1_000), ("10 000", 10_000), ("1_000_000", 1_000_000)]
)
def test_thousands_separators_are_parsed(text: str, value: int) -> None:
    assert SETTINGS["starting_balance"].parse(text) == value


@pytest.mark.parametrize("text", ["", "many", "1,5", "1.5", "1,0000", "-1", "4٢"])
def test_other_numbers_are_invalid_and_name_the_setting(text: str) -> None:
    with raises(InvalidField, saying="starting balance"):
        SETTINGS["starting_balance"].parse(text)


@pytest.mark.parametrize("text", ["", " ", "none", "Off", "no"])
def test_no_reminders_are_parsed(text: str) -> None:
    assert SETTINGS["reminders"].parse(text) == []


def test_reminders_joined_by_and_are_parsed() -> None:
    assert SETTINGS["reminders"].parse("1 day, 2 hours and 10 min") == [1_440, 120, 10]


def test_applying_by_role_needs_a_role() -> None:
    with raises(InvalidField, saying="at least one role that may apply"):
        setting_limits.validate_together("roles", [])
    setting_limits.validate_together("roles", [7])
    setting_limits.validate_together("everyone", [])


@pytest.mark.parametrize(
    "emoji", ["🪙", "⭐", "❤️", "👩‍🚀", "7️⃣", "🇮🇳", "€", "👍🏽", "🙂‍↔️", "<a:coin:123456789012345678>"]
)
def test_every_kind_of_emoji_is_valid(emoji: str) -> None:
    assert SETTINGS["currency_emoji"].validate(f" {emoji} ") == emoji


@pytest.mark.parametrize("name", ["gold coins", "Pünktchen", "O'Points", "अंक", "积分"])
def test_currency_names_in_any_script_are_valid(name: str) -> None:
    assert SETTINGS["currency_name"].validate(f"  {name} ") == name


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
        ("1.5 h", 90),
        ("1 week", 10_080),
    ],
)
def test_durations_are_parsed(text: str, minutes: int) -> None:
    assert parse_duration(Field.CONFIRM_WITHIN, text) == minutes


@pytest.mark.parametrize("text", ["", "24", "soon", "1h or so", "-1 h", "1.01 h", "h", "3 months"])
def test_unreadable_durations_are_invalid(text: str) -> None:
    with raises(InvalidField, saying="a number and its unit"):
        parse_duration(Field.CONFIRM_WITHIN, text)


@given(st.lists(st.integers(5, 14 * 1_440), max_size=5))
def test_reminders_in_words_can_be_typed(minutes: list[int]) -> None:
    setting = SETTINGS["reminders"]
    validated = setting.validate(minutes)
    assert validated == sorted(set(minutes), reverse=True)
    assert (
        setting.validate(setting.parse(settings.value("reminders", validated, ENGLISH)))
        == validated
    )


def test_a_long_list_is_shortened() -> None:
    assert settings.change("apply_role_ids", [], [1, 2, 3, 4, 5], ENGLISH) == (
        "roles that may apply: none → <@&1>, <@&2>, <@&3> and 2 more"
    )
    assert settings.change("apply_role_ids", [1, 2, 3, 4], [1, 2, 3], ENGLISH) == (
        "roles that may apply: <@&1>, <@&2>, <@&3> and 1 more → <@&1>, <@&2>, <@&3>"
    )
