"""Shapes of sessions and bookings."""
