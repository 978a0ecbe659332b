"""The regular members of the past months, and the habits of their mentors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SUMMER, AUTUMN = date(2026, 6, 1), date(2026, 9, 15)
"""When the first and the second half of the mentors has begun."""


@dataclass(frozen=True, slots=True)
class Regular:
    """A member who books in the past months. `zone` is their time zone (IANA)."""

    key: str
    name: str
    zone: str
    colour: str
    joined_on: date


@dataclass(frozen=True, slots=True)
class Habits:
    """How a mentor works.

    `weight` is how often they are booked, relative to the others. `answer_minutes` is their usual
    time to answer a request. `five_stars` is the share of five stars in their ratings, in percent.
    Sessions with them are requested after `first_on`, and until `last_on`.
    """

    weight: int
    answer_minutes: int
    five_stars: int
    topics: tuple[str, ...]
    first_on: date = SUMMER
    last_on: date = date.max


REGULARS = (
    Regular("nadia", "Nadia Haddad", "Africa/Tunis", "#8a4b6d", date(2026, 6, 1)),
    Regular("tom", "Tom Becker", "Europe/Berlin", "#3c6e71", date(2026, 6, 1)),
    Regular("grace", "Grace Mwangi", "Africa/Nairobi", "#a05a2c", date(2026, 6, 2)),
    Regular("pavel", "Pavel Novák", "Europe/Prague", "#4f5d95", date(2026, 6, 2)),
    Regular("zoe", "Zoe Adams", "Europe/London", "#7d3c98", date(2026, 6, 3)),
    Regular("arjun", "Arjun Mehta", "Asia/Kolkata", "#2e7d5b", date(2026, 6, 4)),
    Regular("lena", "Lena Vogel", "Europe/Vienna", "#b0413e", date(2026, 6, 8)),
    Regular("marco", "Marco Conti", "Europe/Rome", "#356a9c", date(2026, 6, 19)),
    Regular("yuki", "Yuki Mori", "Asia/Tokyo", "#6b705c", date(2026, 7, 3)),
    Regular("ben", "Ben Carter", "America/New_York", "#94573a", date(2026, 7, 17)),
    Regular("ines", "Inês Duarte", "Europe/Lisbon", "#58508d", date(2026, 8, 11)),
    Regular("kofi", "Kofi Asante", "Africa/Accra", "#2f6f4e", date(2026, 9, 1)),
    Regular("ruth", "Ruth Levi", "Asia/Jerusalem", "#8c4646", date(2026, 9, 4)),
    Regular("anna", "Anna Kowalska", "Europe/Warsaw", "#3f6c8a", date(2026, 9, 10)),
    Regular("omar", "Omar Farouk", "Africa/Cairo", "#7a5c2e", date(2026, 9, 18)),
    Regular("julia", "Julia Santos", "America/Sao_Paulo", "#99497c", date(2026, 9, 29)),
    Regular("erik", "Erik Lund", "Europe/Stockholm", "#3b7373", date(2026, 10, 7)),
    Regular("dana", "Dana Price", "America/Chicago", "#6a4c93", date(2026, 10, 14)),
    Regular("minh", "Minh Tran", "Asia/Ho_Chi_Minh", "#a34a28", date(2026, 10, 26)),
    Regular("clara", "Clara Dubois", "Europe/Paris", "#45648c", date(2026, 11, 5)),
    Regular("victor", "Victor Ionescu", "Europe/Bucharest", "#5f7a34", date(2026, 11, 12)),
    Regular("hana", "Hana Suzuki", "Asia/Tokyo", "#8d4f79", date(2026, 11, 23)),
    Regular("will", "Will Thompson", "Europe/London", "#2f6690", date(2026, 12, 2)),
    Regular("nora", "Nora Jensen", "Europe/Copenhagen", "#9a5b31", date(2027, 1, 6)),
    Regular("luis", "Luis Herrera", "America/Bogota", "#4b7f52", date(2027, 1, 8)),
    Regular("aisha", "Aisha Bello", "Africa/Lagos", "#7c4d8b", date(2027, 1, 13)),
    Regular("peter", "Peter Szabó", "Europe/Budapest", "#b25d4b", date(2027, 1, 21)),
    Regular("chen", "Chen Wei", "Asia/Singapore", "#3a6b7e", date(2027, 2, 1)),
)

HABITS = {
    "oliver": Habits(
        10,
        25,
        84,
        (
            "First steps in Django",
            "Reading a stack trace",
            "A slow query",
            "Review of a pull request",
            "Tests that run fast",
        ),
    ),
    "aiko": Habits(
        6, 240, 88, ("Contrast and type", "A portfolio page", "Screens for a form", "Auto layout")
    ),
    "lucas": Habits(
        5, 70, 70, ("Hooks without tears", "Types for props", "Testing a form", "A first component")
    ),
    "ingrid": Habits(5, 390, 82, ("Which test to choose", "Messy data", "A plot that is honest")),
    "kwame": Habits(
        4, 120, 80, ("A first container", "Why the pod restarts", "A smaller bill", "On call")
    ),
    "sofia": Habits(
        7, 45, 86, ("Mock interview", "A roadmap for a quarter", "Saying no to a feature")
    ),
    "daniel": Habits(
        4,
        600,
        74,
        ("A threat model", "Hardening a server", "What happens on the wire"),
        first_on=AUTUMN,
        last_on=date(2026, 12, 11),
    ),
    "chloe": Habits(
        4, 55, 76, ("A shorter README", "Docs for an API", "A first pull request"), AUTUMN
    ),
    "ravi": Habits(
        5, 180, 84, ("From notebook to service", "Evaluating a model", "Drift"), first_on=AUTUMN
    ),
    "hannah": Habits(
        7, 35, 78, ("A CV that sounds like you", "Interview practice", "Salary talk"), AUTUMN
    ),
    "jack": Habits(3, 300, 66, ("Lifetimes", "A hot loop", "Bare metal"), first_on=AUTUMN),
    "amara": Habits(
        5, 90, 90, ("A first talk", "Leading a first team", "A hard conversation"), AUTUMN
    ),
}
"""By the key of the mentor. Daniel has been quiet since December, which moderators can see."""

REVIEWS = {
    5: (
        "Clear, kind and to the point.",
        "I left with a plan, and the plan worked.",
        "We solved in an hour what I had fought with for a week.",
        "Great questions. I found the answer myself.",
        "Worth every point.",
        "Patient with all my beginner's questions.",
        "Exactly what I needed before Monday.",
        "Honest feedback, and a lot of encouragement.",
    ),
    4: (
        "Very helpful, a little fast at the end.",
        "Good advice. I would have liked more examples.",
        "We ran out of time, but I know what to do next.",
        "Helpful, and well prepared.",
    ),
    3: ("We started late, but it was useful.", "Good, but it was too advanced for me."),
    2: ("We mostly talked about another topic.",),
}
"""What mentees write, by the stars that they give."""

THANKS = (
    "Thank you! I got the job.",
    "Thank you for your patience.",
    "It works in production now. Thank you!",
    "You made my week.",
    "I told my whole team about it. Thank you!",
)
"""What mentees write when they say thanks."""
