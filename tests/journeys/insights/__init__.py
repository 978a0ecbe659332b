"""Insights, as mentors and moderators see them in Discord."""
