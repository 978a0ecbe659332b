"""The people of a guild: names, time zones and roles."""
