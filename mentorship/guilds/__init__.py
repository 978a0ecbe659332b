"""A guild's settings, their limits, and its moderators."""
