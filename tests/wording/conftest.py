"""The guild of `tests.mentorship`, for texts about what use cases made."""

from __future__ import annotations

from tests.mentorship.conftest import db as db
from tests.mentorship.conftest import town as town
