"""Series of sessions, as mentees and mentors use them."""
