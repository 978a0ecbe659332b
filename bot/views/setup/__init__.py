"""`/setup`: the overview, the page of roles and channels, and the forms for settings."""
