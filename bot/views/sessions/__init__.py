"""A session's card and what can be done from it: reschedule, attendance, rating, calendar."""
