"""Reading what people type for their time zone: offsets, clocks and names."""

from __future__ import annotations

import pytest

from mentorship.time.zone_search import (
    ClockReading,
    Name,
    NameIndex,
    all_names,
    fold,
    read_clock,
    read_offset,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("America/New_York", "america new york"),
        (" São  Paulo ", "sao paulo"),
        ("Malmø", "malmo"),
        ("ŁÓDŹ", "lodz"),
        ("Diyarbakır", "diyarbakir"),
        ("St. John’s (NL)", "st john s nl"),
        ("東京", "東京"),
    ],
)
def test_folding_drops_case_accents_and_punctuation(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("+5:30", 330),
        ("UTC-3", -180),
        ("gmt +0530", 330),
        ("-7", -420),
        ("−9:30", -570),
        ("+0", 0),
        ("+1 h", 60),
        ("+8:5", 480),  # still being typed
        ("+5:59", 359),
        ("+14", 840),
        ("-14:00", -840),
        ("+14:01", None),
        ("+15", None),
        ("+5:60", None),
        ("5:30", None),
        ("UTC", None),
    ],
)
def test_offsets(text: str, minutes: int | None) -> None:
    assert read_offset(text) == minutes


EXACT, ROUNDED = 7, 45


@pytest.mark.parametrize(
    ("text", "minutes", "slack"),
    [
        ("it's 14:30 here", (870,), EXACT),
        ("now 09.15", (555,), EXACT),
        ("3:15", (195, 915), EXACT),
        ("12:59", (779, 59), EXACT),
        ("1:00", (60, 780), EXACT),
        ("13:00", (780,), EXACT),
        ("0:05", (5,), EXACT),
        ("24:00", (0,), EXACT),
        ("3pm", (900,), ROUNDED),
        ("3:20 a.m.", (200,), EXACT),
        ("12am", (0,), ROUNDED),
        ("12pm", (720,), ROUNDED),
        ("1 am", (60,), ROUNDED),
        ("it's 12 o'clock", (720, 0), ROUNDED),
        ("it's 1 now", (60, 780), ROUNDED),
        ("it's 14 now", (840,), ROUNDED),
    ],
)
def test_clock_readings(text: str, minutes: tuple[int, ...], slack: int) -> None:
    assert read_clock(text) == ClockReading(minutes, slack)


@pytest.mark.parametrize("text", ["14", "25:00", "14:60", "13pm", "0am", "lunch", ""])
def test_what_no_clock_shows(text: str) -> None:
    assert read_clock(text) is None


ROME, BERLIN, BERN = Name("rome", ("R",)), Name("berlin", ("B",)), Name("bern", ("C",))
WEST, EAST = Name("west berlin", ("W",)), Name("east berlin", ("E",))
OTHER_ROME = Name("rome", ("US",))
INDEX = NameIndex([ROME, WEST, BERLIN, EAST, BERN, OTHER_ROME, ROME])


def test_an_exact_name_may_mean_several_things_each_once() -> None:
    assert INDEX.exact("rome") == [ROME, OTHER_ROME]
    assert INDEX.exact("rom") == []


def test_names_that_begin_so_come_before_those_with_such_a_word() -> None:
    assert INDEX.beginning("ber") == [BERLIN, BERN, WEST, EAST]
    assert INDEX.beginning("lin") == []


def test_likeness_needs_three_letters_and_puts_the_most_alike_first() -> None:
    assert INDEX.like("berlim") == [BERLIN]
    assert INDEX.like("ron") == INDEX.like("ro") == []
    assert INDEX.like("rme") == [ROME, OTHER_ROME]
    many = NameIndex(Name(f"town {letter}", (letter,)) for letter in "abcdefg")
    assert len(many.like("town")) == 5
    assert len(many.like("town", limit=2)) == 2


def test_a_zone_can_be_called_by_its_city_old_names_places_and_country() -> None:
    names = NameIndex(
        all_names(
            ["America/Indiana/Knox", "UTC"],
            {"GB": ["Europe/London"], "XX": ["Europe/Nowhere"]},
            {"GB": "Britain (UK)", "XX": "Nowhere"},
        )
    )

    def zones(key: str) -> list[tuple[str, ...]]:
        return [name.zones for name in names.exact(key)]

    for key in ("america indiana knox", "knox"):
        assert zones(key) == [("America/Indiana/Knox",)], key
    assert zones("utc") == [("UTC",)]
    for alias in ("asia calcutta", "calcutta"):
        assert zones(alias) == [("Asia/Kolkata",)], alias
    for place in ("mumbai", "new delhi"):
        assert zones(place) == [("Asia/Kolkata",)], place
    # The English name, the label of the choices, and what else people say.
    for country in ("britain uk", "united kingdom", "great britain", "wales"):
        assert zones(country) == [("Europe/London",)], country
    assert zones("nowhere") == [("Europe/Nowhere",)]
    # Without their signs, Etc/GMT+0 and the like would be offsets that they are not.
    assert zones("greenwich") == [("GMT",)]
    assert zones("etc gmt 0") == zones("indiana knox") == zones("") == zones("xxxx") == []
