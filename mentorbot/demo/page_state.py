"""What the control room's script is told, as JSON: nothing but what the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mentorbot.demo import data_inspector
from mentorbot.demo.clock import Skipped
from mentorbot.demo.session_playback import Play
from mentorbot.demo.simulated_discord import Arrival, Person
from mentorbot.demo.tasks import Thing
from mentorbot.demo.tour import Ahead


async def state(play: Play) -> dict[str, Any]:
    """Everything that the page shows."""
    stage = play.stage
    await play.tour.bring_on_booked()
    ahead = await play.tour.next_session()
    things = await play.paths.of_all()
    return {
        "now": play.clock.now().isoformat(),
        "utc": stage.clock("UTC"),
        "people": [
            _person(play, person, things.get(person.key, [])) for person in stage.people.values()
        ],
        "next": _ahead(play, ahead) if ahead else None,
        "steps": [
            {
                "title": step.title,
                "text": step.text,
                "button": step.button,
                "person": step.person.key if step.person else None,
                "place": step.place.key if step.place else None,
                "done": done,
            }
            for step, done in await play.tour.steps()
        ],
        "skipped": play.skipped,
        "backstage": _backstage(play, await play.clock.db.read(data_inspector.look)),
        "api": {
            "page": play.door.page,
            "token": play.door.token,
            "curl": play.door.curl,
        },
    }


def _person(play: Play, person: Person, things: Sequence[tuple[Thing, bool]]) -> dict[str, Any]:
    stage = play.stage
    on_show = stage.on_show()
    return {
        "key": person.key,
        "name": person.name,
        "firstName": person.first_name,
        "does": person.does,
        "city": person.city,
        "colour": person.colour,
        "clock": stage.clock(person.zone),
        "places": [
            {
                "key": place.key,
                "label": place.label,
                "unread": stage.unread(person, place),
                "onShow": on_show == (person.key, place.key),
            }
            for place in person.places
        ],
        "things": [
            {"title": thing.title, "how": thing.how, "place": thing.place, "done": done}
            for thing, done in things
        ],
    }


def _backstage(play: Play, found: data_inspector.Backstage) -> dict[str, Any]:
    def when(at: datetime) -> str:
        clock = play.stage.clock_at(at, "UTC")
        return f"{clock['day']}, {clock['time']}"

    return {
        "movements": [
            {
                "at": when(each.at),
                "from": each.source,
                "to": each.target,
                "points": each.points,
                "why": each.why,
            }
            for each in found.movements
        ],
        "accounts": found.accounts,
        "total": found.total,
        "waiting": found.waiting,
        "ahead": [
            {"at": when(each.at), "to": each.to, "about": each.about} for each in found.ahead
        ],
        "sent": [{"at": when(each.at), "to": each.to, "about": each.about} for each in found.sent],
    }


def _ahead(play: Play, ahead: Ahead) -> dict[str, Any]:
    session = ahead.session
    names = (session.mentee.name, session.mentor.name)
    return {
        "who": " meets ".join(name.partition(" ")[0] for name in names),
        "when": play.stage.clock_at(session.starts_at, "UTC"),
        "agreed": ahead.mentor_agreed,
        "mentor": session.mentor.name.partition(" ")[0],
    }


def skipped(play: Play, done: Skipped) -> dict[str, Any]:
    """What a skip brought, for the page: one line for each message on the stage."""

    def line(arrival: Arrival) -> dict[str, str]:
        person = play.stage.people[arrival.person]
        place = next(place for place in person.places if place.key == arrival.place)
        return {
            "person": person.key,
            "name": person.first_name,
            "place": place.key,
            "label": place.label,
            "text": arrival.text,
            "at": play.stage.clock_at(arrival.at, person.zone)["time"],
        }

    return {
        "from": play.stage.clock_at(done.since, "UTC"),
        "to": play.stage.clock_at(done.now, "UTC"),
        "arrivals": [line(arrival) for arrival in done.arrivals],
        "others": done.others,
    }
