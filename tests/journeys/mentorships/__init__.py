"""Journeys on the page of a mentorship."""
