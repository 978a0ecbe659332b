"""`/insights`: a mentor's figures, and those of a server for its moderators."""
