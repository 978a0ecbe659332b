"""Group sessions in words: seats, who may join, places, repetition, and how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import wording.sessions
from mentorship.sessions.groups.group_views import GroupView
from mentorship.statuses import SessionStatus
from wording.lists import enumerated
from wording.offers.series import interval
from wording.reader import Reader
from wording.translation import (
    N_,
    _,
    current_language,
    ngettext,
    npgettext,
    pgettext,
    sentences,
)

PLACES: Mapping[str, str] = {
    "link": N_("meeting link"),
    "thread": N_("private thread"),
    "voice": N_("voice channel"),
    "stage": N_("stage channel"),
    "jitsi": N_("Jitsi room"),
    "zoom": N_("Zoom meeting"),
    "daily": N_("Daily room"),
}
"""Where people meet, in running text. To be translated by `_`."""

_PLACE_OPTIONS: Mapping[str, str] = {
    "link": N_("Meeting link"),
    "thread": N_("Private thread"),
    "voice": N_("Voice channel"),
    "stage": N_("Stage channel"),
    "jitsi": N_("Jitsi room"),
    "zoom": N_("Zoom meeting"),
    "daily": N_("Daily room"),
}

_ORDINALS = ("th", "st", "nd", "rd")


def title(text: str) -> str:
    """Write the title of a group session, or of a seat in one, also if it was erased."""
    return text or _("Group session")


def seats(group: GroupView, reader: Reader) -> str:
    """Write how many seats are taken: `4 of 10 taken · 2 on the waitlist`."""
    taken = seats_taken(group.seats_taken, group.capacity)
    if not group.waiting:
        return taken
    waiting = ngettext("{count} on the waitlist", "{count} on the waitlist", group.waiting)
    return f"{taken} · {waiting}"


def seats_taken(taken: int, capacity: int) -> str:
    """Write how many seats are taken: `4 of 10 taken`. A capacity of 0 is no limit."""
    if capacity:
        # Translators: how many seats of a group session are taken.
        return ngettext(
            "{taken} of {count} taken", "{taken} of {count} taken", capacity, taken=taken
        )
    # Translators: how many seats of a group session without a limit are taken.
    return ngettext("{count} taken, no limit", "{count} taken, no limit", taken)


def place(group: GroupView, reader: Reader) -> str:
    """Write where people meet, without the link itself: only attendees see that."""
    if group.place == "link":
        if group.meeting_link:
            return _("Meeting link, shown to attendees")
        return _("Meeting link, not added yet")
    return place_option(group.place)


def place_option(place: str) -> str:
    """Return a place to meet as a choice in a menu: `Voice channel`."""
    return _(_PLACE_OPTIONS[place]) if place in _PLACE_OPTIONS else place


def repetition(weeks: int, left: int | None, reader: Reader) -> str:
    """Write how often a session repeats, `left` more times: `every 2 weeks, 5 more times`.

    Empty if it doesn't.
    """
    if not weeks:
        return ""
    text = interval(weeks, reader)
    if left is None:
        return text
    # Translators: it follows how often a session repeats: "every 2 weeks, 5 more times".
    more = npgettext("a session repeats", "{count} more time", "{count} more times", left)
    return enumerated((text, more), reader)


def asked_again(group: GroupView, reader: Reader, *, is_offered: bool = False) -> str:
    """Write what moving the session means for those with a seat. It may only be offered yet."""
    if not group.seats_taken:
        return _("Nobody has a seat yet.")
    return sentences(
        ngettext("{count} person has a seat.", "{count} people have a seat.", group.seats_taken),
        _("If you move it, I'll ask each of them again.")
        if is_offered
        else _("I'll ask each of them again."),
        _("Anyone who doesn't keep their seat leaves and is refunded in full.")
        if group.price
        else _("Anyone who doesn't keep their seat leaves."),
    )


def ordinal(number: int) -> str:
    """Write a place in line: `1st`, `12th`, `23rd`; the number alone in other languages.

    Where these need a sign, it is in the text around the number.
    """
    if current_language().partition("-")[0] != "en":
        return str(number)
    last = number % 10
    suffix = "th" if number % 100 in (11, 12, 13) or last > 3 else _ORDINALS[last]
    return f"{number:,}{suffix}"


def names(people: Sequence[str], total: int, room: int, reader: Reader) -> str:
    """Write the first of `people` in at most `room` characters: `Maya, Priya and 37 more`.

    `total` is how many there are in all.
    """
    shown: list[str] = []
    length = 0
    # Those who aren't named are counted, which takes room, too.
    room -= len(_names_and_others("", 9_999))
    for name in people:
        length += len(name) + 2
        if length > room:
            break
        shown.append(name)
    others = total - len(shown)
    if not shown:
        return ngettext("{count} person", "{count} people", total)
    text = enumerated(shown, reader)
    return _names_and_others(text, others) if others else text


def _names_and_others(names: str, others: int) -> str:
    # Translators: {names} are some people's names: "Maya, Priya and 37 more".
    return ngettext("{names} and {count} more", "{names} and {count} more", others, names=names)


def status(group: GroupView, reader: Reader) -> str:
    """Write how a group session stands, in a few words."""
    match group.status:
        case SessionStatus.CONFIRMED if not group.sign_up_open:
            return pgettext("a group session", "sign-up closed")
        case SessionStatus.CONFIRMED if group.is_full:
            return pgettext("a group session", "full")
        case SessionStatus.CONFIRMED:
            return pgettext("a group session", "open for sign-up")
        case SessionStatus.COMPLETED:
            return pgettext("a group session", "over")
    return wording.sessions.status(group.status, reader)
