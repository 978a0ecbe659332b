"""What the bot writes about times, typed again, is read as just that, in every language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from gettext import NullTranslations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship.time import timezones
from mentorship.time.natural_time.parser import parse_past_or_ahead
from wording.catalogues import Catalogue
from wording.cldr import Formats
from wording.errors import reading_label
from wording.reader import Reader
from wording.times import describe, describe_compact

LOCALES = ("en-GB", "en-US", "de", "es-ES", "es-419", "fr", "it", "pt-BR", "ja", "ar")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Asia/Tokyo", "UTC")


class _Reader(Reader):
    """A reader with the habits of a language, whether it has texts already or not."""

    @property
    def formats(self) -> Formats:
        return Catalogue(self.locale, NullTranslations()).formats


def reader_of(locale: str) -> Reader:
    return _Reader(locale, None, Reader.of(locale).time_style)


@pytest.mark.parametrize("locale", LOCALES)
@given(st.sampled_from(ZONES), st.integers(0, 365 * 24 * 4), st.integers(1, 300 * 24 * 4))
@settings(max_examples=60, deadline=None)
def test_labels_of_instants_are_read_as_the_same_instants(locale, zone, start, quarters):
    now = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=15 * start)
    instant = now + timedelta(minutes=15 * quarters)
    reader = reader_of(locale)
    for label in (describe(instant, zone, reader), describe_compact(instant, zone, reader)):
        time = parse_past_or_ahead(label, zone=zone, now=now, locale=locale)
        assert time.instant == instant, label


@pytest.mark.parametrize("locale", LOCALES)
@given(st.sampled_from(ZONES), st.integers(0, 365), st.integers(1, 250), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_labels_of_readings_are_read_as_the_same_spans(locale, zone, start, days, length):
    now = datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(days=start)
    day = timezones.to_local(now, zone).date() + timedelta(days=days)
    reader = reader_of(locale)
    first = timezones.day_bounds(day, zone)[0]
    last = timezones.day_bounds(day + timedelta(days=length), zone)[1]
    label = reading_label(first, last, zone, reader)
    span = parse_past_or_ahead(label, zone=zone, now=now, locale=locale).span
    assert (span.start, span.end) == (first, last), label
