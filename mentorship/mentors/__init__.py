"""Mentor profiles: applications, their review, and what mentors change themselves."""
