"""What leads to a session besides a booking: a mentor's invitation."""
