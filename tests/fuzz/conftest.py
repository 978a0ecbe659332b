"""The journeys' guild, for tests with malicious input."""

from tests.journeys.conftest import guild as guild
