"""Becoming and being a mentor: applications, profiles and expertise."""
