"""Journeys with group sessions."""
