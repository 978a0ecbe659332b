"""The Discord face of mentorbot: it translates between people and use cases, and decides nothing."""
