"""Other services in words: people's calendars, meeting providers, web addresses."""
