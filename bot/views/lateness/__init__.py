"""Saying that one will be late, and reading that others will."""
