"""Time zones, typed times, quiet hours and intervals. Pure: no database."""
