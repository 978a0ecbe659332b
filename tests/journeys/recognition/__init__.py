"""Journeys of thanks, the leaderboard and roles at thresholds."""
