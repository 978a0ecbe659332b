"""The Discord face: it translates between people and use cases, and decides nothing."""
