"""The HTTP face for a community's main app: it translates, and decides nothing."""
