"""Lengths of time as people type them, and as the bot writes them, in each language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship.errors import Field
from mentorship.guilds.setting_limits import SETTINGS, parse_duration
from mentorship.time.natural_time.durations import parse_minutes
from wording import catalogues
from wording.administration import settings as settings_text
from wording.durations import duration, session_length
from wording.reader import Reader
from wording.translation import speaking

DAY = 1_440


@pytest.mark.parametrize(
    ("locale", "text", "minutes"),
    [
        ("de", "2 Tage 1 Stunde", 2 * DAY + 60),
        ("de", "24 Std", DAY),
        ("de", "anderthalb Stunden", 90),
        ("de", "1,5 Stunden", 90),
        ("de", "1.440 Minuten", DAY),
        ("de", "1 Tag und 30 Min.", DAY + 30),
        ("fr", "2 jours 1 heure", 2 * DAY + 60),
        ("fr", "1 h 30 min", 90),
        ("fr", "1h30", 90),
        ("fr", "1\u202f440 minutes", DAY),
        ("fr", "3 j", 3 * DAY),
        ("es-ES", "2 días y 1 hora", 2 * DAY + 60),
        ("es-419", "hora y media", 90),
        ("it", "2 giorni 1 ora", 2 * DAY + 60),
        ("it", "un'ora", 60),
        ("pt-BR", "2 dias e 1 hora", 2 * DAY + 60),
        ("pt-BR", "meia hora", 30),
        ("nl", "2 dagen 1 uur", 2 * DAY + 60),
        ("ja", "2日1時間", 2 * DAY + 60),
        ("ja", "２日 １時間", 2 * DAY + 60),
        ("ja", "36時間", 36 * 60),
        ("ja", "三十分", 30),
        ("ja", "1時間30分", 90),
        ("ja", "1,440分", DAY),
        ("ja", "2日間", 2 * DAY),
        ("ar", "يومان وساعة", 2 * DAY + 60),
        ("ar", "يومان وساعة واحدة", 2 * DAY + 60),
        ("ar", "٣ أيام", 3 * DAY),
        ("ar", "11 يومًا", 11 * DAY),
        ("ar", "\u206836\u2069 ساعة", 36 * 60),
        ("ar", "ساعتان و30 دقيقة", 150),
        ("ar", "ساعة ونصف", 90),
        ("ar", "دقيقة واحدة", 1),
        ("ar", "دقيقتان", 2),
        ("de", "24 hours", DAY),
        ("hi", "1 day", DAY),
        ("en-US", "1 day and 1 hour", DAY + 60),
        ("en-US", "half an hour", 30),
        ("en-US", "1.5 h", 90),
    ],
)
def test_lengths_of_time_are_read_in_each_language(locale, text, minutes):
    assert parse_minutes(text, locale) == minutes


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("de", "24"),
        ("de", "bald"),
        ("de", "-1 Stunde"),
        ("de", "1,01 Stunden"),
        ("de", "1,440 Minuten"),
        ("en-US", "1.440 minutes"),
        ("fr", "1 mois"),
        ("ja", "来週"),
        ("ja", "3か月"),
        ("ar", "شهر"),
        ("ar", "3"),
        ("en-US", "2 Tage"),
        ("de", "24 Stunden und 1 Stunde"),
        ("en-US", "1 hour 1 day"),
        (None, ""),
    ],
)
def test_what_is_no_length_of_time_is_refused(locale, text):
    assert parse_minutes(text, locale) is None


@given(st.integers(0, 14 * DAY), st.sampled_from(catalogues.tags()))
@settings(max_examples=400, deadline=None)
def test_lengths_of_time_are_read_as_each_language_writes_them(minutes, tag):
    reader = Reader.of(tag)
    with speaking(tag):
        assert parse_duration(Field.CONFIRM_WITHIN, duration(minutes, reader), tag) == minutes
        assert parse_minutes(session_length(minutes, reader), tag) == minutes


@given(st.lists(st.integers(5, 14 * DAY), max_size=5), st.sampled_from(catalogues.tags()))
@settings(max_examples=200, deadline=None)
def test_settings_are_read_as_each_language_writes_them(minutes, tag):
    reader = Reader.of(tag)
    reminders, days, percent = (
        SETTINGS[name] for name in ("reminders", "dispute_days", "fee_percent")
    )
    with speaking(tag):
        validated = reminders.validate(minutes)
        written = settings_text.value("reminders", validated, reader)
        assert reminders.validate(reminders.parse(written, tag)) == validated
        written = settings_text.value("dispute_days", 14, reader)
        assert days.parse(written, tag) == 14
        written = settings_text.value("fee_percent", 50, reader)
        assert percent.parse(written, tag) == 50
