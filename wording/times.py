"""Times and time zones in words, for text that can't hold Discord's timestamps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from mentorship.time import local_names, timezones
from mentorship.time.local_names import LocalNames
from mentorship.time.timezones import ZoneName
from wording import catalogues, cldr
from wording.reader import Reader, TimeStyle
from wording.translation import _, current_language

LONGEST_ZONE_LABEL = 100
"""Characters that Discord shows of a suggestion or an option."""

_ANY_INSTANT = datetime(2026, 1, 1, tzinfo=UTC)
"""For zones whose offset never changes."""


def describe(
    start: datetime, zone: ZoneName, reader: Reader, *, end: datetime | None = None
) -> str:
    """Write an instant or a span in full, on the zone's clock.

    `Tue 24 Nov 2026, 15:00–16:00 EST (UTC−5)`. An end at midnight is `24:00`; a later end has its
    date. Where the clock changes in between, both ends have their abbreviation. For a reader who
    uses am and pm, times are `3:00 PM`, and midnight is `12:00 AM`.
    """
    local = timezones.to_local(start, zone)
    text = _day_and_time(full_date(local, reader), _clock(local, reader), reader)
    if end is None:
        return f"{text} {_zone(local)}"
    local_end = timezones.to_local(end, zone)
    dash, end_text = _describe_end(local, local_end, reader, full_date)
    if _zone(local) != _zone(local_end):
        text, dash = f"{text} {_zone(local)}", " – "
    return f"{text}{dash}{end_text} {_zone(local_end)}"


def describe_local(start: datetime, end: datetime, zone: ZoneName, reader: Reader) -> str:
    """Write a span on the zone's clock, for a text that says which place that is.

    `Tue 24 Nov, 15:00–16:00`. A later end has its date, as in `describe`. Both ends have the
    zone's abbreviation where the clock changes in between, and the end has it where the zone isn't
    named after a place.
    """
    local, local_end = (timezones.to_local(each, zone) for each in (start, end))
    start_text = _day_and_time(_short_date(local, reader), _clock(local, reader), reader)
    dash, end_text = _describe_end(local, local_end, reader, _short_date)
    if _zone(local) != _zone(local_end):
        return f"{start_text} {local.tzname()} – {end_text} {local_end.tzname()}"
    zone_text = "" if place(zone, reader) else f" {_zone(local)}"
    return f"{start_text}{dash}{end_text}{zone_text}"


def describe_compact(instant: datetime, zone: ZoneName, reader: Reader) -> str:
    """Write an instant for an option: `Tue 24 Nov, 15:00 EST`, `Wed 25 Nov, 01:45 UTC+5:45`.

    `mentorship.time.natural_time` reads it back, in every style.
    """
    day, clock = describe_day(instant, zone, reader), describe_time(instant, zone, reader)
    return _day_and_time(day, clock, reader)


def describe_day(instant: datetime, zone: ZoneName, reader: Reader) -> str:
    """Write the day alone: `Tue 24 Nov`."""
    return _short_date(timezones.to_local(instant, zone), reader)


def describe_time(instant: datetime, zone: ZoneName, reader: Reader) -> str:
    """Write the time of day alone: `15:00 EST`, `01:45 UTC+5:45`."""
    local = timezones.to_local(instant, zone)
    abbreviation = local.tzname() or ""
    zone_text = abbreviation if abbreviation.isalpha() else _offset(local)
    return f"{_clock(local, reader)} {zone_text}"


def moved_clock(
    instant: datetime, zone: ZoneName, shift: int, reader: Reader
) -> tuple[str, str, str]:
    """Write the day and time of the zone's clock at `instant`, and the time `shift` minutes less.

    `Tue 24 Nov`, `14:00` and `15:00`; the last one has its date if that is another one.
    """
    local = timezones.to_local(instant, zone)
    before = local - timedelta(minutes=shift)
    day, old = _short_date(local, reader), _clock(before, reader)
    if before.date() != local.date():
        old = _day_and_time(_short_date(before, reader), old, reader)
    return day, _clock(local, reader), old


def describe_offset(instant: datetime, zone: ZoneName, reader: Reader) -> str:
    """Write the zone's abbreviation and offset at `instant`: `EST (UTC−5)`, `UTC+5:45`."""
    return _zone(timezones.to_local(instant, zone))


def place(zone: ZoneName, reader: Reader) -> str:
    """Write the city that a zone is named after: `London`; empty for UTC and fixed offsets."""
    local = _local_names(reader).cities.get(zone)
    if local is not None:
        return local
    area, _, city = zone.rpartition("/")
    name = city.replace("_", " ") if area and area != "Etc" else ""
    return _ACCENTED.get(name, name)


def _local_names(reader: Reader) -> LocalNames:
    """Return the names of places in the language in which the reader has texts."""
    return local_names.load(catalogues.language_tag(reader.locale))


_ACCENTED = {
    "Asuncion": "Asunción",
    "Belem": "Belém",
    "Bogota": "Bogotá",
    "Cancun": "Cancún",
    "Chisinau": "Chișinău",
    "Ciudad Juarez": "Ciudad Juárez",
    "Cordoba": "Córdoba",
    "Cuiaba": "Cuiabá",
    "Curacao": "Curaçao",
    "El Aaiun": "El Aaiún",
    "Galapagos": "Galápagos",
    "Lome": "Lomé",
    "Maceio": "Maceió",
    "Mahe": "Mahé",
    "Mazatlan": "Mazatlán",
    "Merida": "Mérida",
    "Noumea": "Nouméa",
    "Reunion": "Réunion",
    "Reykjavik": "Reykjavík",
    "Santarem": "Santarém",
    "Sao Paulo": "São Paulo",
    "Sao Tome": "São Tomé",
    "Tucuman": "Tucumán",
    "Zurich": "Zürich",
}
"""The names of cities that the tz database writes without their accents."""


def zone_name(zone: ZoneName, reader: Reader) -> str:
    """Write a zone in words people use: its city, or its offset if it has none (`UTC−5`)."""
    return place(zone, reader) or _zone(timezones.to_local(_ANY_INSTANT, zone))


def time_of_day(minute: int, reader: Reader) -> str:
    """Write a minute of the day, 0 to 1,440: `18:00`; the end of the day is `24:00`.

    With am and pm it is `6:00 PM`, and `12:00 AM` at both ends of the day.
    """
    hours, minutes = divmod(minute, 60)
    formats = reader.formats
    is_24_hours = reader.time_style is TimeStyle.TWENTY_FOUR_HOURS
    pattern = formats.clock if is_24_hours else formats.twelve_hour_clock
    return cldr.write_clock(pattern, formats, hours, minutes)


def hour_of_day(minute: int, reader: Reader) -> str:
    """Write a full hour or another minute of the day as short as it can be: `18:00`, `6 PM`."""
    text = time_of_day(minute, reader)
    if reader.time_style is TimeStyle.TWELVE_HOURS:
        return text.replace(":00", "")
    return text


def weekday_name(weekday: int, reader: Reader) -> str:
    """Write a day of the week, 0 is Monday: `Mon`."""
    return reader.formats.weekdays[weekday]


def weekday_heading(weekday: int, reader: Reader) -> str:
    """Write a day of the week for a column that has room for four letters: `Mon`.

    Arabic has one letter for each day there, since its days have no abbreviations.
    """
    formats = reader.formats
    names = [name.removesuffix(".") for name in formats.weekdays]
    is_short = all(len(name) <= 4 for name in names)
    return (names if is_short else formats.narrow_weekdays)[weekday]


def month_name(month: date, reader: Reader) -> str:
    """Write a month without its year: `Nov`."""
    return reader.formats.lone_months[month.month - 1]


def month_and_year(month: date, reader: Reader) -> str:
    """Write a month: `Nov 2026`."""
    return _written(reader.formats.month, month, reader)


def full_date(day: date, reader: Reader) -> str:
    """Write a date: `Tue 24 Nov 2026`, `Tue, Nov 24, 2026`."""
    return _written(reader.formats.date, day, reader)


def date_range(first: date, last: date, reader: Reader) -> str:
    """Write the dates from `first` to `last`: `Tue 24 Nov – Wed 25 Nov 2026`.

    Only a range into another year names both.
    """
    if first == last:
        return full_date(first, reader)
    write_first = _short_date if first.year == last.year else full_date
    return f"{write_first(first, reader)} – {full_date(last, reader)}"


def clock_label(name: str, zone: ZoneName) -> str:
    """Write whose clock a time is on: `Oliver's time (London)`.

    Zones that aren't named after a place (`UTC`, `Etc/GMT+5`) have no brackets.
    """
    city = place(zone, Reader(current_language()))
    if not city:
        return _("{name}'s time", name=name)
    return _("{name}'s time ({city})", name=name, city=city)


def zone_label(zone: ZoneName, now: datetime, reader: Reader) -> str:
    """Write a zone as an option, in at most `LONGEST_ZONE_LABEL` characters.

    `Kolkata · India · now 20:04 IST (UTC+5:30)`; `mentorship.time.zone_search.resolve` reads it
    back.
    """
    local = timezones.to_local(now, zone)
    # Translators: the current time of a time zone in a list: "now 20:04 IST (UTC+5:30)"
    clock = _("now {time}", time=f"{_clock(local, reader)} {_zone(local)}")
    name = zone_name(zone, reader)
    code = timezones.country_code_of(zone) or ""
    country = (
        _local_names(reader).countries.get(code)
        or timezones.country_of(zone)
        or _("the same all year")
    )
    room = LONGEST_ZONE_LABEL - len(name) - len(clock) - 6
    return f"{name} · {country[:room]} · {clock}"


def _short_date(day: date, reader: Reader) -> str:
    return _written(reader.formats.day, day, reader)


def _day_and_time(day: str, clock: str, reader: Reader) -> str:
    """Write a time of a day, with the comma of the language: `Tue 24 Nov, 15:00`."""
    return reader.formats.day_and_time.format(clock, day)


def _written(pattern: str, day: date, reader: Reader) -> str:
    return cldr.write_date(pattern, reader.formats, day)


def _describe_end(
    start: datetime, end: datetime, reader: Reader, write_date: Callable[[date, Reader], str]
) -> tuple[str, str]:
    """Return the dash and the end of a span of local time; the end has its date if it needs one."""
    days = end.date() - start.date()
    if not days:
        return "–", _clock(end, reader)
    if days == timedelta(days=1) and end.time() == time(0):
        return "–", time_of_day(1440, reader)
    return " – ", _day_and_time(write_date(end, reader), _clock(end, reader), reader)


def writes_month_first(reader: Reader) -> bool:
    """Tell whether a reader writes `Nov 24`, not `24 Nov`."""
    return reader.locale == "en-US"


def _clock(local: datetime, reader: Reader) -> str:
    return time_of_day(local.hour * 60 + local.minute, reader)


def _zone(local: datetime) -> str:
    """`EST (UTC−5)`, or the offset alone where the zone has no letters for it."""
    abbreviation = local.tzname() or ""
    if abbreviation == "UTC":
        return "UTC"
    return f"{abbreviation} ({_offset(local)})" if abbreviation.isalpha() else _offset(local)


def _offset(local: datetime) -> str:
    seconds = int((local.utcoffset() or timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    sign = "−" if seconds < 0 else "+"
    return f"UTC{sign}{hours}:{minutes:02}" if minutes else f"UTC{sign}{hours}"
