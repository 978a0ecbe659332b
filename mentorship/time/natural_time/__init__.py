"""Times in plain words (`tomorrow evening`, `tue 3pm`), read into instants."""
