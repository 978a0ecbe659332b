"""Notifications in Discord: their texts, sending them, and what could not be sent."""
