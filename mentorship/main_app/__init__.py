"""Use cases that only the community's main app needs."""
