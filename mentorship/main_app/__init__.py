"""Use cases that only the main app needs."""
