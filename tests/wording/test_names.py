"""First names, people of one name, and whose clock a time is on."""

from __future__ import annotations

import pytest

from wording.names import first_name, tell_apart
from wording.times import clock_label


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Oliver Hughes", "Oliver"),
        ("Ana Maria López", "Ana"),
        ("Jean-Luc O'Brien", "Jean-Luc"),
        ("Oliver", "Oliver"),
        ("The Wizard", "The Wizard"),
        ("Dr Chen", "Dr Chen"),
        ("oli 🚀", "oli 🚀"),
        ("Mentor 3", "Mentor 3"),
        ("J Smith", "J Smith"),
    ],
)
def test_only_a_full_name_is_shortened(name: str, first: str) -> None:
    assert first_name(name) == first


def test_people_of_one_name_are_told_apart_by_their_ids() -> None:
    people = {1: "Alex", 2: "Ines", 3: "Alex", -4: "Former member", -5: "Former member"}
    assert tell_apart(people) == people | {1: "Alex · ID 1", 3: "Alex · ID 3"}


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("Europe/London", "Oliver's time (London)"),
        ("America/Argentina/Buenos_Aires", "Oliver's time (Buenos Aires)"),
        ("UTC", "Oliver's time"),
        ("Etc/GMT+5", "Oliver's time"),
    ],
)
def test_a_zone_is_named_after_its_city(zone: str, label: str) -> None:
    assert clock_label("Oliver", zone) == label
