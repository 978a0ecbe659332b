"""Recognition of mentors: the leaderboard and roles at thresholds."""
