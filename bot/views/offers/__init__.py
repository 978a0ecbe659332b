"""Cards and forms of what leads to a session besides a booking: a mentor's invitation."""
