"""The pseudo-locale in which `pytest --pseudo` runs the journeys."""
