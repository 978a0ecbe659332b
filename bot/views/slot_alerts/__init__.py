"""Slot alerts: a member is told when a mentor has an open slot."""
