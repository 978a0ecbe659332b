"""Examples of what people can type, written as this reader would type them."""

from __future__ import annotations

from wording.reader import Reader, TimeStyle
from wording.times import writes_month_first


def times(reader: Reader) -> tuple[str, str, str]:
    """Return a part of a day, a time on a weekday and one some days from now.

    `tomorrow evening`, `Fri 15:00`, `in 3 days 15:00`. All are near, whatever today is.
    """
    afternoon = "3pm" if _has_am_and_pm(reader) else "15:00"
    return "tomorrow evening", f"Fri {afternoon}", f"in 3 days {afternoon}"


def exact_times(reader: Reader) -> tuple[str, str]:
    """Return two times that mean one instant each: `tomorrow 18:00`, `Fri 15:00`."""
    if _has_am_and_pm(reader):
        return "tomorrow 6pm", "Fri 3pm"
    return "tomorrow 18:00", "Fri 15:00"


def dates(reader: Reader) -> tuple[str, str]:
    """Return the first and the last day of a holiday: `24 Dec`, `2 Jan`."""
    return ("Dec 24", "Jan 2") if writes_month_first(reader) else ("24 Dec", "2 Jan")


def days(reader: Reader) -> tuple[str, str]:
    """Return two days as people type them: `tomorrow`, `24 Dec`."""
    return "tomorrow", dates(reader)[0]


def hours(reader: Reader) -> str:
    """Return a mentor's hours on one day: `18:00-21:30`."""
    return "6pm-9:30pm" if _has_am_and_pm(reader) else "18:00-21:30"


def weekly_hours(reader: Reader) -> str:
    """Return a mentor's hours: `mon-fri 18:00-21:30; sat 10-14`."""
    saturday = "10am-2pm" if _has_am_and_pm(reader) else "10-14"
    return f"mon-fri {hours(reader)}; sat {saturday}"


def quiet_hours(reader: Reader) -> str:
    """Return a member's quiet hours: `22:30-7:00`."""
    return "10:30pm-7am" if _has_am_and_pm(reader) else "22:30-7:00"


def clock_reading(reader: Reader) -> str:
    """Return what a member's clock shows, which tells their time zone: `it's 14:30 here`."""
    return "it's 2:30pm here" if _has_am_and_pm(reader) else "it's 14:30 here"


def _has_am_and_pm(reader: Reader) -> bool:
    return reader.time_style is TimeStyle.TWELVE_HOURS
