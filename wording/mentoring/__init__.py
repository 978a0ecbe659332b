"""Texts about mentors and the people they meet, over time."""
