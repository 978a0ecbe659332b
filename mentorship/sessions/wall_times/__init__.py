"""What people's clocks show at the start of a session: kept, and compared with new zone rules."""
