"""`/setup`: the overview, roles and channels, and the settings forms."""
