"""The members of a guild: names, time zones and roles."""
