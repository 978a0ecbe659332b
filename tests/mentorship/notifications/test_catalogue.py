"""The catalogue of notifications."""

from __future__ import annotations

from mentorship.notifications.catalogue import (
    CATALOGUE,
    MUTABLE_KINDS,
    SCHEDULED_KINDS,
    Destination,
    NotificationKind,
)


def test_scheduled_kinds_are_those_of_upcoming_sessions() -> None:
    assert set(SCHEDULED_KINDS) == {
        NotificationKind.REMINDER,
        NotificationKind.STARTING,
        NotificationKind.SESSION_ENDED,
    }


def test_catalogue_specifies_every_kind() -> None:
    assert set(CATALOGUE) == set(NotificationKind)


def test_urgent_kinds_ignore_quiet_hours_and_cannot_be_muted() -> None:
    urgent = {kind for kind, spec in CATALOGUE.items() if spec.urgent}
    assert urgent == {NotificationKind.STARTING, NotificationKind.CANCELLED}
    assert not any(CATALOGUE[kind].respects_quiet_hours for kind in urgent)
    assert not urgent & set(MUTABLE_KINDS)


def test_only_personal_notifications_can_be_muted_or_held() -> None:
    of_channels = {
        kind for kind, spec in CATALOGUE.items() if spec.destination is not Destination.PERSON
    }
    assert not of_channels & set(MUTABLE_KINDS)
    assert not any(CATALOGUE[kind].respects_quiet_hours for kind in of_channels)
