"""The journeys' town, for tests with malicious input."""

from tests.journeys.conftest import town as town
