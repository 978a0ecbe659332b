"""What people type for their time zone: offsets, clock readings and names."""

from __future__ import annotations

import pytest

from mentorship.time.zone_input import (
    ClockReading,
    NamedZones,
    NameIndex,
    build_names,
    fold,
    parse_clock,
    parse_offset,
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
def test_offsets_are_parsed_to_minutes(text: str, minutes: int | None) -> None:
    assert parse_offset(text) == minutes


EXACT, ROUNDED = 7, 45


@pytest.mark.parametrize(
    ("text", "minutes", "tolerance"),
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
def test_clock_readings_are_parsed_to_minutes(
    text: str, minutes: tuple[int, ...], tolerance: int
) -> None:
    assert parse_clock(text) == ClockReading(minutes, tolerance)


@pytest.mark.parametrize(
    ("locale", "text", "minutes", "tolerance"),
    [
        ("de", "es ist 14:30 Uhr bei mir", (870,), EXACT),
        ("de", "bei mir ist es 14.30", (870,), EXACT),
        ("de", "jetzt 14 Uhr", (840,), ROUNDED),
        ("de", "es ist 3 Uhr nachmittags", (900,), ROUNDED),
        ("fr", "il est 14h30 ici.", (870,), EXACT),
        ("fr", "chez moi il est 3h de l'après-midi", (900,), ROUNDED),
        ("es-419", "aquí son las 2:30 pm", (870,), EXACT),
        ("es-ES", "son las 2 y media de la tarde", (870,), EXACT),
        ("es-ES", "es la 1", (60, 780), ROUNDED),
        ("it", "qui sono le 14.30", (870,), EXACT),
        ("pt-BR", "agora são 14h30", (870,), EXACT),
        ("nl", "het is hier 14:30", (870,), EXACT),
        ("ja", "今は午後2時半です。", (870,), EXACT),
        ("ja", "こちらは１４：３０", (870,), EXACT),
        ("ar", "الساعة الآن ١٤:٣٠", (870,), EXACT),
        ("ar", "الساعة هنا ٢:٣٠ م", (870,), EXACT),
        ("ar", "الساعة 3", (180, 900), ROUNDED),
        ("hi", "it's 14:30 here", (870,), EXACT),
        ("ja", "it's 14:30 here", (870,), EXACT),
    ],
)
def test_clock_readings_are_parsed_in_each_language(locale, text, minutes, tolerance):
    assert parse_clock(text, locale) == ClockReading(minutes, tolerance)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("de", "Berlin"),
        ("de", "Mo 14:30"),
        ("de", "14:30-15:00"),
        ("ja", "東京"),
        ("fr", "midi"),
        ("ar", "القاهرة"),
        ("pt-BR", "14"),
        ("ja", "１４"),
        ("ar", "الساعة 12 مساء"),
    ],
)
def test_other_words_are_no_clock_reading(locale, text):
    assert parse_clock(text, locale) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("＋5：30", 330),
        ("utc+٥:٣٠", 330),
        ("UTC +5 Stunden", 300),
        ("+5 heures", 300),
        ("UTC+9時間", 540),
        ("+3 ساعات", 180),
        ("−3 horas", -180),
        ("+5 Tage", None),
    ],
)
def test_offsets_are_read_with_the_digits_and_words_of_each_language(text, minutes):
    assert parse_offset(text) == minutes


@pytest.mark.parametrize("text", ["14", "25:00", "14:60", "13pm", "0am", "lunch", ""])
def test_other_text_is_no_clock_reading(text: str) -> None:
    assert parse_clock(text) is None


ROME, BERLIN, BERN = (
    NamedZones("rome", ("R",)),
    NamedZones("berlin", ("B",)),
    NamedZones("bern", ("C",)),
)
WEST, EAST = NamedZones("west berlin", ("W",)), NamedZones("east berlin", ("E",))
OTHER_ROME = NamedZones("rome", ("US",))
INDEX = NameIndex([ROME, WEST, BERLIN, EAST, BERN, OTHER_ROME, ROME])


def test_an_exact_name_can_have_several_meanings_each_once() -> None:
    assert INDEX.exact("rome") == [ROME, OTHER_ROME]
    assert INDEX.exact("rom") == []


def test_names_with_the_prefix_come_before_names_with_such_a_word() -> None:
    assert INDEX.starting_with("ber") == [BERLIN, BERN, WEST, EAST]
    assert INDEX.starting_with("lin") == []


def test_similar_names_need_three_letters_and_come_best_first() -> None:
    assert INDEX.similar("berlim") == [BERLIN]
    assert INDEX.similar("ron") == INDEX.similar("ro") == []
    assert INDEX.similar("rme") == [ROME, OTHER_ROME]
    many = NameIndex(NamedZones(f"town {letter}", (letter,)) for letter in "abcdefg")
    assert len(many.similar("town")) == 5
    assert len(many.similar("town", limit=2)) == 2


def test_zones_are_named_by_city_alias_place_and_country() -> None:
    names = NameIndex(
        build_names(
            ["America/Indiana/Knox", "UTC"],
            {"AS": ["Pacific/Pago_Pago"], "GB": ["Europe/London"], "XX": ["Europe/Nowhere"]},
            {"AS": "Samoa (American)", "GB": "Britain (UK)", "XX": "Nowhere"},
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
    # The English name, the label, and what else people call it.
    for country in ("britain uk", "united kingdom", "great britain", "wales"):
        assert zones(country) == [("Europe/London",)], country
    assert zones("american samoa") == [("Pacific/Pago_Pago",)]
    assert zones("nowhere") == [("Europe/Nowhere",)]
    # Folded without their signs, Etc/GMT+0 and the like would name other offsets.
    assert zones("greenwich") == [("GMT",)]
    assert zones("etc gmt 0") == zones("indiana knox") == zones("") == zones("xxxx") == []
