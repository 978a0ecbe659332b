"""Journeys of people whose calendars are on other servers."""
