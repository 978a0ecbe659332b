"""Sessions in the texts and links that calendars read."""
