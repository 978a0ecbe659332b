"""A mentor adds and removes trips, during which their hours follow another zone's clock.

As in `editor`, a change takes effect at once, never touches booked sessions, and returns the whole
availability with the booked sessions that now lie outside the hours. Every function raises what
`own_profile.why_not_mentoring` returns for an actor who isn't an approved mentor.
"""

from __future__ import annotations

from datetime import date

from mentorship.actors import Actor
from mentorship.availability import editor, hours_limits, hours_storage, travel_storage
from mentorship.availability.editor import AvailabilityView
from mentorship.availability.travel import Travel
from mentorship.errors import Field, InvalidField, Problem
from mentorship.mentors import own_profile
from mentorship.time import timezones
from storage import Transaction


async def add_trip(
    tx: Transaction, actor: Actor, first: date, last: date, zone: str
) -> AvailabilityView:
    """Add a trip from the date `first` to the date `last`, in an IANA zone.

    Raises `UnknownTimezone`, and `InvalidField` for a trip that is over, that overlaps another one,
    or that `hours_limits` don't allow.
    """
    profile = await own_profile.load_approved(tx, actor)
    if last < first:
        raise InvalidField(Field.TRAVEL, Problem.TOO_EARLY)
    trip = Travel(first, last, timezones.canonical(zone))
    if last < timezones.to_local(tx.now, trip.zone).date():
        raise InvalidField(Field.TRAVEL, Problem.PAST, date=last)
    trips = [*await travel_storage.load(tx, profile.id), trip]
    hours_limits.require_possible_travel(trips, tx.now)
    await travel_storage.add(tx, profile.id, [trip])
    await hours_storage.record_change(tx, profile.id)
    return await editor.load(tx, actor)


async def remove_trip(tx: Transaction, actor: Actor, first: date) -> AvailabilityView:
    """Remove the trip that starts on the date `first`; nothing happens if there is none."""
    profile = await own_profile.load_approved(tx, actor)
    await travel_storage.remove(tx, profile.id, first)
    await hours_storage.record_change(tx, profile.id)
    return await editor.load(tx, actor)
