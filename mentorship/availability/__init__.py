"""When a mentor can be booked: hours, overrides, limits, and the slots that follow from them."""
