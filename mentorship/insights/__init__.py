"""Insights: figures about mentoring, kept in the background from what happens."""
