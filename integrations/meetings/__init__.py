"""Clients of the meeting providers."""
