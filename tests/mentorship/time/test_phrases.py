"""Every phrase of the corpus is read as its line says, or refused for the reason that it says."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mentorship.errors import TimeProblem, UnreadableTime
from mentorship.time.natural_time.parser import ParsedTime, parse, parse_past_or_ahead
from tests.mentorship.time.phrases import Phrase, phrases
from wording.errors import reading_label
from wording.reader import ENGLISH
from wording.times import describe, describe_compact

PHRASES = phrases()
READABLE = [phrase for phrase in PHRASES if not phrase.is_refused]


def read(phrase: Phrase, text: str | None = None) -> ParsedTime:
    return parse(
        phrase.text if text is None else text,
        zone=phrase.zone,
        now=phrase.now,
        locale=phrase.locale,
    )


def language(phrase: Phrase) -> str:
    return (phrase.locale or "").partition("-")[0]


def test_the_corpus_has_60_readings_and_20_refusals_in_each_language():
    readable = Counter(language(phrase) for phrase in READABLE)
    refused = Counter(language(phrase) for phrase in PHRASES if phrase.is_refused)
    for code in ("en", "de", "es", "fr", "pt", "it", "ja", "ar"):
        assert readable[code] >= 60, code
        assert refused[code] >= 20, code
    assert readable["nl"] >= 60
    assert len({(p.text, p.locale, p.now) for p in PHRASES}) == len(PHRASES), "no line twice"


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: f"{phrase.locale}-{phrase.text}")
def test_phrase_is_read_as_the_corpus_says(phrase: Phrase) -> None:
    if phrase.is_refused:
        with pytest.raises(UnreadableTime) as raised:
            read(phrase)
        assert raised.value.problem == TimeProblem(phrase.reading)
        assert raised.value.text == phrase.text
        return
    time = read(phrase)
    assert [(span.start, span.end) for span in time.spans] == phrase.spans
    assert time.exact == all(start == end for start, end in phrase.spans)


@given(
    st.sampled_from(READABLE),
    st.sampled_from(["perhaps", "zzz", "не", "🙂", "17x", "%", "ない", "ربما"]),
    st.data(),
)
@settings(max_examples=300, deadline=None)
def test_one_unknown_word_makes_a_phrase_unreadable(phrase: Phrase, word: str, data) -> None:
    words = phrase.text.split()
    words.insert(data.draw(st.integers(0, len(words))), word)
    with pytest.raises(UnreadableTime) as raised:
        read(phrase, " ".join(words))
    assert raised.value.problem is TimeProblem.NOT_UNDERSTOOD


UNSPACED = [phrase for phrase in READABLE if language(phrase) in ("ja", "ar")]


@given(st.sampled_from(UNSPACED), st.sampled_from(["鬱", "ない", "ڤ", "x"]), st.data())
@settings(max_examples=300, deadline=None)
def test_one_unknown_letter_anywhere_makes_a_phrase_unreadable(
    phrase: Phrase, letter, data
) -> None:
    at = data.draw(st.integers(0, len(phrase.text)))
    with pytest.raises(UnreadableTime) as raised:
        read(phrase, phrase.text[:at] + letter + phrase.text[at:])
    assert raised.value.problem is TimeProblem.NOT_UNDERSTOOD


@given(st.sampled_from(UNSPACED))
@settings(max_examples=200, deadline=None)
def test_other_ways_to_write_the_same_letters_mean_the_same(phrase: Phrase) -> None:
    expected = read(phrase)
    wide = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
    eastern = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    assert read(phrase, unicodedata.normalize("NFD", phrase.text)) == expected
    assert read(phrase, f"\u200f{phrase.text}\u200e") == expected
    if language(phrase) == "ja":
        assert read(phrase, phrase.text.translate(wide)) == expected
        assert read(phrase, f" {phrase.text.replace(' ', '　')}。") == expected
    else:
        assert read(phrase, phrase.text.translate(eastern)) == expected
        hamzas = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي"})
        assert read(phrase, phrase.text.translate(hamzas)) == expected


@pytest.mark.parametrize("phrase", [p for p in READABLE if p.spans[0][0] == p.spans[0][1]])
def test_own_label_of_an_instant_is_read_as_the_same_instant(phrase: Phrase) -> None:
    for span in read(phrase).spans:
        labels = {describe(span.start, phrase.zone, ENGLISH)}
        if span.start - phrase.now < timedelta(days=300):
            labels.add(describe_compact(span.start, phrase.zone, ENGLISH))
        for label in labels:
            assert read(phrase, label).spans == (span,), label


@pytest.mark.parametrize("phrase", [p for p in PHRASES if p.reading == "ambiguous"])
def test_readings_of_an_ambiguous_phrase_are_read_as_themselves(phrase: Phrase) -> None:
    with pytest.raises(UnreadableTime) as raised:
        read(phrase)
    assert len(raised.value.readings) > 1
    for start, end in raised.value.readings:
        label = reading_label(start, end, phrase.zone, ENGLISH)
        time = parse_past_or_ahead(label, zone=phrase.zone, now=phrase.now, locale=phrase.locale)
        assert (time.span.start, time.span.end) == (start, end), label


WEEKDAYS = {
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es-ES": "lunes martes miércoles jueves viernes sábado domingo",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "pt-BR": "segunda terça quarta quinta sexta sábado domingo",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "ja": "月曜 火曜日 水曜 木曜日 金曜 土曜日 日曜",
    "ar": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
}
TOMORROW = {
    "en": "tomorrow",
    "de": "morgen",
    "fr": "demain",
    "es-ES": "mañana",
    "it": "domani",
    "pt-BR": "amanhã",
    "nl": "morgen",
    "ja": "明日",
    "ar": "غدًا",
}
AT = {
    "en": ["{:02}:00", "at {:02}:00"],
    "de": ["{} Uhr", "um {} Uhr", "{:02}:00"],
    "fr": ["{}h", "à {}h", "à {} heures"],
    "es-ES": ["a las {:02}", "a las {}:00", "a las {} horas"],
    "it": ["alle {:02}", "alle ore {}:00", "alle {}:00"],
    "pt-BR": ["às {}h", "às {:02}:00", "{}h"],
    "nl": ["om {} uur", "{} uur", "{:02}:00"],
    "ja": ["の{:02}時", "{:02}:00", "に{:02}時"],
    "ar": ["الساعة {:02}:00", "{:02}:00", "في {:02}:00"],
}


@given(
    st.sampled_from(list(WEEKDAYS)),
    st.integers(0, 7),
    st.integers(6, 23),
    st.data(),
    st.integers(0, 15 * 365 * 1440),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]),
)
@settings(max_examples=400, deadline=None)
def test_day_and_hour_that_are_named_are_those_that_are_returned(
    locale, weekday, hour, data, minutes, zone
) -> None:
    # Hours that may be in both halves of the day are ambiguous in Arabic.
    assume(locale != "ar" or not 10 <= hour <= 12)
    now = (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
    clock = data.draw(st.sampled_from(AT[locale])).format(hour)
    day = TOMORROW[locale] if weekday == 7 else WEEKDAYS[locale].split()[weekday]
    text = f"{clock} {day}" if data.draw(st.booleans()) and locale == "en" else f"{day} {clock}"
    time = parse(text, zone=zone, now=now, locale=locale)
    assert time.exact
    (span,) = time.spans
    local = span.start.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (hour, 0), text
    today = now.date()
    if weekday == 7:
        assert local.date() == today + timedelta(days=1)
    else:
        assert local.weekday() == weekday
        assert 0 <= (local.date() - today).days <= 7
        assert span.start >= now.replace(second=0, microsecond=0)


WORDS = sorted({word for phrase in PHRASES for word in re.findall(r"\S+", phrase.text)})


@given(
    st.text(max_size=30)
    | st.text("tuefrimonday 0123456789:.-/apmhç", max_size=25)
    | st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join),
    st.sampled_from([None, "en-US", "de", "fr", "es-ES", "it", "pt-BR", "nl", "ja", "ar", "cs"]),
)
@settings(max_examples=1000, deadline=None)
def test_any_text_is_a_time_ahead_or_refused_with_a_reason(text, locale) -> None:
    phrase = PHRASES[0]
    try:
        time = parse(text, zone=phrase.zone, now=phrase.now, locale=locale)
    except UnreadableTime as refusal:
        problem, readings = refusal.problem, refusal.readings
    else:
        assert_is_ahead(time, phrase.now)
        return
    assert (problem is TimeProblem.NOT_UNDERSTOOD) == (not readings)


def assert_is_ahead(time: ParsedTime, now: datetime) -> None:
    assert time.spans
    assert all(span.start.utcoffset() == timedelta() for span in time.spans)
    assert all(span.start >= now.replace(second=0) for span in time.spans)
    assert list(time.spans) == sorted(time.spans, key=lambda span: span.start)
    assert time.exact == all(span.start == span.end for span in time.spans)
