"""Notifications in Discord: their cards, their delivery, and what could not be delivered."""
