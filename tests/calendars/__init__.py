"""Tests of people's calendars on other servers."""
