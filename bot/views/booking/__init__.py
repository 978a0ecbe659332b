"""Booking a session: the steps, the cards, and the slot menus."""
