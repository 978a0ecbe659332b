"""What the bot writes about times, typed again, is read as just that, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from gettext import NullTranslations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship.time import local_names, timezones, zone_search
from mentorship.time.natural_time.parser import parse_past_or_ahead
from wording import catalogues
from wording.catalogues import Catalogue
from wording.cldr import Formats
from wording.errors import reading_label
from wording.reader import ENGLISH, Reader
from wording.times import clock_label, describe, describe_compact, place, zone_label
from wording.translation import speaking

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


@pytest.fixture(params=["de", "es", "es-419", "fr", "it", "pt-BR", "ja", "ar"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """A language, whether it has texts already or not."""
    if request.param in catalogues.tags():
        yield request.param
        return
    with catalogues.registered(request.param, Catalogue(request.param, NullTranslations())):
        yield request.param


def test_labels_of_zones_are_read_as_the_same_zones(language: str) -> None:
    now, reader = datetime(2026, 11, 24, 14, tzinfo=UTC), Reader.of(language)
    translated = 0
    with speaking(language):
        for zone in filter(lambda zone: "/" in zone, timezones.SEARCHABLE_ZONES):
            label = zone_label(zone, now, reader)
            assert len(label) <= 100
            assert zone_search.resolve(label, now=now, locale=language).zone == zone, label
            translated += label.partition(" · ")[0] != place(zone, ENGLISH)
    assert translated > 50


def test_a_zone_is_named_in_the_language_that_is_spoken(language: str) -> None:
    with speaking(language):
        names = {place("Europe/Vienna", Reader.of(language)), clock_label("Ada", "Europe/Vienna")}
    city = local_names.load(language).cities.get("Europe/Vienna", "Vienna")
    assert names == {city, f"Ada's time ({city})"} or language in catalogues.tags()
