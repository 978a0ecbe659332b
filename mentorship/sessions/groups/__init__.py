"""Group sessions: one mentor, several attendees, and a seat for each of them."""
