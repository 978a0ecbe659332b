"""Slot alerts: members who want to know when a mentor has a slot that suits them."""
