"""Cards and forms with which people recognize what mentors do."""
