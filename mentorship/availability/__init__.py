"""When a mentor can be booked: weekly hours, date overrides, limits and open slots."""
