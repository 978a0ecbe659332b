"""The catalogue of notifications."""

from __future__ import annotations

from mentorship.notifications.catalogue import (
    ASKING_KINDS,
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


def test_kinds_with_a_deadline_cannot_be_muted() -> None:
    assert set(ASKING_KINDS) >= {
        NotificationKind.REQUESTED,
        NotificationKind.RESCHEDULE_PROPOSED,
        NotificationKind.SESSION_ENDED,
        NotificationKind.NO_SHOW_REPORTED,
    }
    assert not set(ASKING_KINDS) & set(MUTABLE_KINDS)


def test_starts_and_cancellations_cannot_be_muted() -> None:
    assert not {NotificationKind.STARTING, NotificationKind.CANCELLED} & set(MUTABLE_KINDS)
    assert not CATALOGUE[NotificationKind.STARTING].respects_quiet_hours


def test_only_personal_notifications_can_be_muted_or_held() -> None:
    of_channels = {
        kind for kind, spec in CATALOGUE.items() if spec.destination is not Destination.PERSON
    }
    assert not of_channels & set(MUTABLE_KINDS)
    assert not any(CATALOGUE[kind].respects_quiet_hours for kind in of_channels)


def test_a_message_with_a_question_is_edited_once_it_is_answered() -> None:
    assert {kind for kind in ASKING_KINDS if not CATALOGUE[kind].shows_state} == set()
