"""Notifications in words."""

from __future__ import annotations

import pytest

from mentorship.notifications.catalogue import MUTABLE_KINDS, NotificationKind
from wording.notifications import kind_name
from wording.reader import ENGLISH


@pytest.mark.parametrize("kind", MUTABLE_KINDS)
def test_every_mutable_kind_has_a_name(kind: NotificationKind) -> None:
    assert kind_name(kind, ENGLISH)
