"""A guild's settings, their limits, and who moderates it."""
