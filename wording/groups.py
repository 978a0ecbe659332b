"""Group sessions in words: seats, who may join, places, repetition, and how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import wording.sessions
from mentorship.sessions.groups.group_views import GroupView
from mentorship.statuses import SessionStatus
from wording.durations import counted
from wording.reader import Reader

PLACES: Mapping[str, str] = {
    "link": "meeting link",
    "thread": "private thread",
    "voice": "voice channel",
    "stage": "stage channel",
    "jitsi": "Jitsi room",
    "zoom": "Zoom meeting",
    "daily": "Daily room",
}
"""Where people meet, in running text."""

_ORDINALS = ("th", "st", "nd", "rd")


def title(text: str) -> str:
    """Write the title of a group session, or of a seat in one, also if it was erased."""
    return text or "Group session"


def seats(group: GroupView, reader: Reader) -> str:
    """Write how many seats are taken: `4 of 10 taken · 2 on the waitlist`."""
    taken = seats_taken(group.seats_taken, group.capacity)
    return f"{taken} · {group.waiting:,} on the waitlist" if group.waiting else taken


def seats_taken(taken: int, capacity: int) -> str:
    """Write how many seats are taken: `4 of 10 taken`. A capacity of 0 is no limit."""
    return f"{taken} of {capacity} taken" if capacity else f"{taken} taken, no limit"


def place(group: GroupView, reader: Reader) -> str:
    """Write where people meet, without the link itself: only attendees see that."""
    if group.place == "link":
        added = "shown to attendees" if group.meeting_link else "not added yet"
        return f"Meeting link, {added}"
    return place_option(group.place)


def place_option(place: str) -> str:
    """Return a place to meet as a choice in a menu."""
    name = PLACES.get(place, place)
    return f"{name[:1].upper()}{name[1:]}"


def repetition(weeks: int, left: int | None, reader: Reader) -> str:
    """Write how often a session repeats, `left` more times: `every 2 weeks, 5 more times`.

    Empty if it doesn't.
    """
    if not weeks:
        return ""
    text = "every week" if weeks == 1 else f"every {weeks} weeks"
    if left is None:
        return text
    return f"{text}, {counted(left, 'more time', reader)}"


def asked_again(group: GroupView, reader: Reader, *, is_offered: bool = False) -> str:
    """Write what moving the session means for those with a seat. It may only be offered yet."""
    if not group.seats_taken:
        return "Nobody has a seat yet."
    people = counted(group.seats_taken, "person has", reader, "people have")
    condition = "If you move it, " if is_offered else ""
    refund = " and is refunded in full" if group.price else ""
    return (
        f"{people} a seat. {condition}I'll ask each of them again. Anyone who doesn't keep their "
        f"seat leaves{refund}."
    )


def ordinal(number: int) -> str:
    """Write a place in line: `1st`, `12th`, `23rd`."""
    last = number % 10
    suffix = "th" if number % 100 in (11, 12, 13) or last > 3 else _ORDINALS[last]
    return f"{number:,}{suffix}"


def names(people: Sequence[str], total: int, room: int) -> str:
    """Write the first of `people` in at most `room` characters: `Maya, Priya and 37 more`.

    `total` is how many there are in all.
    """
    shown: list[str] = []
    length = 0
    for name in people:
        length += len(name) + 2
        # Those who aren't named are counted, which takes room, too.
        if length > room - len(" and 9,999 more"):
            break
        shown.append(name)
    others = total - len(shown)
    if not shown:
        return f"{total:,}"
    text = ", ".join(shown)
    return f"{text} and {others:,} more" if others else text


def status(group: GroupView, reader: Reader) -> str:
    """Write how a group session stands, in a few words."""
    match group.status:
        case SessionStatus.CONFIRMED if not group.sign_up_open:
            return "sign-up closed"
        case SessionStatus.CONFIRMED if group.is_full:
            return "full"
        case SessionStatus.CONFIRMED:
            return "open for sign-up"
        case SessionStatus.COMPLETED:
            return "over"
    return wording.sessions.status(group.status, reader)
