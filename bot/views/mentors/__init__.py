"""Applying to mentor, and the mentor's profile."""
