"""Booking: the steps and their screens, the confirmation card, and the menus of slots."""
