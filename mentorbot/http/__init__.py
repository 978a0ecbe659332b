"""Serving HTTP: the server, and limits for its clients."""
