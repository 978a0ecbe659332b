"""Weekly hours typed and written in each language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship.availability.weekly_hours import (
    format_hours,
    format_hours_with_am_pm,
    merge_weekly,
    parse_day_hours,
    parse_hours,
    parse_interval,
)
from mentorship.errors import HoursProblem, UnreadableHours
from mentorship.time.natural_time.languages import LANGUAGES
from tests.mentorship.availability.test_weekly_hours import (
    WEEKLY,
    last_minutes_of_days,
    open_minutes,
)

LOCALES = ("en-US", "de", "fr", "es-ES", "es-419", "it", "pt-BR", "nl", "ja", "ar", "hi", None)


@given(WEEKLY, st.sampled_from([format_hours, format_hours_with_am_pm]), st.sampled_from(LOCALES))
@settings(max_examples=600, deadline=None)
def test_hours_written_in_a_language_are_read_back_in_it(weekly, format_, locale):
    parsed = parse_hours(format_(weekly, locale), locale)
    assert open_minutes(parsed) == open_minutes(weekly) | last_minutes_of_days(weekly)
    assert merge_weekly(parsed) == parsed


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                *(
                    word
                    for each in LANGUAGES
                    for words in each.weekdays
                    for word in words.split("|")
                ),
                *(word for each in LANGUAGES for word in each.weekly.off.split("|")),
                *(
                    "18",
                    "9:30",
                    "21h",
                    "-",
                    ",",
                    ";",
                    " ",
                    "de",
                    "a",
                    "um",
                    "から",
                    "午後",
                    "م",
                    "半",
                ),
            ]
        ),
        max_size=8,
    ).map("".join),
    st.sampled_from(LOCALES),
)
@settings(max_examples=800, deadline=None)
def test_any_text_is_read_or_its_part_at_fault_is_named(text, locale):
    try:
        weekly = parse_hours(text, locale)
    except UnreadableHours as error:
        part, rest = error.part, text[error.position :]
    else:
        assert parse_hours(format_hours(weekly, locale), locale) == weekly
        return
    assert rest.lower().startswith(part.lower())


@pytest.mark.parametrize(
    ("locale", "typed", "english"),
    [
        ("de", "Mo-Fr 18:00-21:30; Sa 10-14", "mon-fri 18:00-21:30; sat 10:00-14:00"),
        ("de", "Mo - Fr 18 - 21:30 Uhr, Sa 10 bis 14 Uhr", "mon-fri 18:00-21:30; sat 10:00-14:00"),
        ("de", "Montag bis Freitag von 18 bis 21:30 Uhr", "mon-fri 18:00-21:30"),
        ("de", "Mo.-Fr. 18.00-21.30 Uhr", "mon-fri 18:00-21:30"),
        ("de", "Mo, Mi und Fr 18h-20h", "mon,wed,fri 18:00-20:00"),
        ("de", "täglich 20:00-02:00", "daily 20:00-02:00"),
        ("de", "taeglich 20-22", "daily 20:00-22:00"),
        ("de", "unter der Woche 18-20 Uhr", "mon-fri 18:00-20:00"),
        ("de", "am Wochenende ganztags", "sat,sun 00:00-24:00"),
        ("de", "dienstags und donnerstags 19-21", "tue,thu 19:00-21:00"),
        ("de", "täglich 9-17 Uhr; So keine", "mon-sat 09:00-17:00"),
        ("de", "Mo 6 bis 8 abends", "mon 18:00-20:00"),
        ("de", "Mo 18h-24h", "mon 18:00-24:00"),
        ("de", "mon-fri 18:00-21:30", "mon-fri 18:00-21:30"),
        ("de", "keine", "off"),
        ("fr", "lun-ven 18h-21h30 ; sam 10h-14h", "mon-fri 18:00-21:30; sat 10:00-14:00"),
        ("fr", "du lundi au vendredi de 18h à 21h30", "mon-fri 18:00-21:30"),
        ("fr", "lundi, mercredi et vendredi 18h à 20h", "mon,wed,fri 18:00-20:00"),
        ("fr", "le week-end 10h-14h", "sat,sun 10:00-14:00"),
        ("fr", "tous les lundis 18h-20h", "mon 18:00-20:00"),
        ("fr", "di 10h-12h", "sun 10:00-12:00"),
        ("fr", "tous les jours 9h-17h; dim fermé", "mon-sat 09:00-17:00"),
        ("es-ES", "lun-vie 18:00-21:30; sáb 10-14", "mon-fri 18:00-21:30; sat 10:00-14:00"),
        ("es-ES", "de lunes a viernes de 18 a 21:30", "mon-fri 18:00-21:30"),
        ("es-ES", "L-V 18-21", "mon-fri 18:00-21:00"),
        ("es-419", "lunes y miércoles de 6 a 8 de la tarde", "mon,wed 18:00-20:00"),
        ("es-ES", "sabado 10h a 14h", "sat 10:00-14:00"),
        ("es-ES", "los domingos cerrado; diario 9-17", "mon-sat 09:00-17:00"),
        ("it", "da lunedì a venerdì dalle 18 alle 21:30", "mon-fri 18:00-21:30"),
        ("it", "ogni martedì 18.30-20", "tue 18:30-20:00"),
        ("it", "tutti i giorni 20-22; domenica chiuso", "mon-sat 20:00-22:00"),
        ("pt-BR", "segunda a sexta das 18h às 21h30", "mon-fri 18:00-21:30"),
        ("pt-BR", "de segunda a sexta, das 18h às 21h30", "mon-fri 18:00-21:30"),
        ("pt-BR", "2ª a 6ª 18h-20h", "mon-fri 18:00-20:00"),
        ("pt-BR", "todos os dias das 20h às 2h", "daily 20:00-02:00"),
        ("pt-BR", "fim de semana 10h-18h", "sat,sun 10:00-18:00"),
        ("nl", "maandag tot en met vrijdag 18 tot 21:30 uur", "mon-fri 18:00-21:30"),
        ("ja", "月-金 18:00-21:30", "mon-fri 18:00-21:30"),
        ("ja", "月〜金 18:00〜21:30、土 10:00〜14:00", "mon-fri 18:00-21:30; sat 10:00-14:00"),
        ("ja", "月曜から金曜は18時から21時半まで", "mon-fri 18:00-21:30"),
        ("ja", "平日18時〜21時30分", "mon-fri 18:00-21:30"),
        ("ja", "月・水・金 19:00～21:00", "mon,wed,fri 19:00-21:00"),
        ("ja", "月水金 19-21時", "mon,wed,fri 19:00-21:00"),
        ("ja", "月 午後6時から午後9時半", "mon 18:00-21:30"),
        ("ja", "毎日９：００－１７：００；日休み", "mon-sat 09:00-17:00"),
        ("ja", "火 午後0時〜3時", "tue 12:00-15:00"),
        ("ar", "الاثنين-الجمعة 18:00-21:30؛ السبت 10-14", "mon-fri 18:00-21:30; sat 10:00-14:00"),
        ("ar", "من الأحد إلى الخميس من ٦ م إلى ٩:٣٠ م", "mon-thu,sun 18:00-21:30"),
        ("ar", "السبت والأحد 6 مساءً - 8 مساءً", "sat,sun 18:00-20:00"),
        ("ar", "كل يوم 20:00-02:00", "daily 20:00-02:00"),
        ("ar", "السبت من الساعة 10 صباحا حتى الساعة 2 ظهرا", "sat 10:00-14:00"),
        ("en-US", "mon, wed 6pm-9:30pm", "mon,wed 18:00-21:30"),
        ("hi", "mon-fri 18:00-21:30", "mon-fri 18:00-21:30"),
    ],
)
def test_spellings_of_hours_in_each_language(locale, typed, english):
    assert format_hours(parse_hours(typed, locale)) == english


@pytest.mark.parametrize(
    ("locale", "typed", "part", "problem"),
    [
        # Some count the Saturday among these days, and some don't.
        ("de", "werktags 9-17", "werktags", HoursProblem.UNKNOWN_DAY),
        ("it", "giorni feriali 9-17", "giorni", HoursProblem.UNKNOWN_DAY),
        ("ar", "نهاية الأسبوع 10-14", "نهاية", HoursProblem.UNKNOWN_DAY),
        # Tuesday or Wednesday.
        ("fr", "m 18h-20h", "m", HoursProblem.UNKNOWN_DAY),
        ("es-ES", "M 18-20", "M", HoursProblem.UNKNOWN_DAY),
        # The weekend in German, and Wednesday in English.
        ("de", "we 10-12; sun 9-11", "sun", HoursProblem.UNKNOWN_DAY),
        ("fr", "we 10h-12h; sun 9h-11h", "sun", HoursProblem.UNKNOWN_DAY),
        ("de", "Mo abends", "abends", HoursProblem.UNKNOWN_DAY),
        ("de", "Mo 18 Uhr", "18 Uhr", HoursProblem.TIME_WITHOUT_END),
        ("de", "Mo 9-5", "9-5", HoursProblem.AM_OR_PM),
        ("ja", "月 9-5", "9-5", HoursProblem.AM_OR_PM),
        ("ar", "الاثنين 6-8", "6-8", HoursProblem.AM_OR_PM),
        ("ja", "祝日 10-12", "祝", HoursProblem.UNKNOWN_DAY),
        ("ja", "月 午後12時-15時", "12", HoursProblem.TWELVE_HOUR_TIME_OUT_OF_RANGE),
        ("ar", "السبت 12 مساء - 2 مساء", "12", HoursProblem.TWELVE_HOUR_TIME_OUT_OF_RANGE),
        ("ja", "毎日 20:00-26:00", "26:00", HoursProblem.TIME_OUT_OF_RANGE),
        ("pt-BR", "terça às 19h", "19h", HoursProblem.TIME_WITHOUT_END),
        ("en-US", "lundi 18-20", "lundi", HoursProblem.UNKNOWN_DAY),
    ],
)
def test_what_is_unclear_in_a_language_is_refused(locale, typed, part, problem):
    with pytest.raises(UnreadableHours) as raised:
        parse_hours(typed, locale)
    assert raised.value.problem is problem
    assert raised.value.part.startswith(part)


def test_a_week_is_written_from_the_day_with_which_it_starts():
    weekly = parse_hours("sun-thu 18:00-20:00")
    assert format_hours(weekly, "ar") == "الأحد-الخميس 18:00-20:00"
    assert format_hours(weekly, "ja") == "月-木,日 18:00-20:00"


@pytest.mark.parametrize(
    ("locale", "typed", "interval"),
    [
        ("de", "22:30 bis 7 Uhr", (1350, 420)),
        ("fr", "de 22h30 à 7h", (1350, 420)),
        ("es-419", "de 10 de la noche a 7 de la mañana", (1320, 420)),
        ("it", "dalle 22:30 alle 7", (1350, 420)),
        ("pt-BR", "das 22h30 às 7h", (1350, 420)),
        ("ja", "午後10時半〜午前7時", (1350, 420)),
        ("ar", "من 10:30 م إلى 7 ص", (1350, 420)),
    ],
)
def test_one_interval_in_each_language(locale, typed, interval):
    assert parse_interval(typed, locale) == interval


def test_hours_of_one_day_have_no_days():
    assert parse_day_hours("10 bis 14 Uhr, 18-20 Uhr", "de") == ((600, 840), (1080, 1200))
    assert parse_day_hours("休み", "ja") == parse_day_hours("", "ja") == parse_day_hours("-") == ()
    with pytest.raises(UnreadableHours):
        parse_day_hours("di 10-14", "de")
    with pytest.raises(UnreadableHours):
        parse_day_hours("10-14 di", "de")


@pytest.mark.parametrize("text", ["\u200fMo 9-12; xyz", "Mo\u200e 9-12 xyz", "ＭＯ ９－１２；xyz"])
def test_signs_that_nobody_sees_do_not_move_the_part_at_fault(text):
    with pytest.raises(UnreadableHours) as raised:
        parse_hours(text, "de")
    assert text[raised.value.position :] == raised.value.part == "xyz"
