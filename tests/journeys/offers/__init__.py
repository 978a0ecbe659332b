"""Sessions that a mentor offers, and requests for help, as people see them in Discord."""
