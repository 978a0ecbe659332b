"""People's own calendars: what they tell the program, and what it tells them."""
