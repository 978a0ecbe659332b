"""Tests of people's own calendars."""
