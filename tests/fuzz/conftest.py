"""The journeys' server, for people who mean no good."""

from tests.journeys.conftest import town as town
