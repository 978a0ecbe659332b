"""The catalogue of notices."""

from __future__ import annotations

from mentorship.notifications.catalogue import (
    CATALOGUE,
    MUTABLE_KINDS,
    SCHEDULED_KINDS,
    Destination,
    NotificationKind,
)


def test_what_is_written_ahead_is_about_a_session_to_come() -> None:
    assert set(SCHEDULED_KINDS) == {
        NotificationKind.REMINDER,
        NotificationKind.STARTING,
        NotificationKind.HOW_WAS_IT,
    }


def test_the_catalogue_has_every_kind() -> None:
    assert set(CATALOGUE) == set(NotificationKind)


def test_what_is_urgent_waits_for_no_quiet_hours_and_can_t_be_switched_off() -> None:
    urgent = {kind for kind, spec in CATALOGUE.items() if spec.urgent}
    assert urgent == {NotificationKind.STARTING, NotificationKind.CANCELLED}
    assert not any(CATALOGUE[kind].respects_quiet_hours for kind in urgent)
    assert not urgent & set(MUTABLE_KINDS)


def test_only_what_a_person_gets_can_be_switched_off_or_held() -> None:
    of_channels = {
        kind for kind, spec in CATALOGUE.items() if spec.destination is not Destination.PERSON
    }
    assert not of_channels & set(MUTABLE_KINDS)
    assert not any(CATALOGUE[kind].respects_quiet_hours for kind in of_channels)
