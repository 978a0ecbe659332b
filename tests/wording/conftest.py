"""The guild fixtures of `tests.mentorship`, for texts about results of use cases."""

from __future__ import annotations

from tests.mentorship.conftest import db as db
from tests.mentorship.conftest import town as town
