"""Routes for the main app's backend."""
