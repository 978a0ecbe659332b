"""Times in plain words, such as `tomorrow evening` or `tue 3pm`, parsed to instants."""
