"""Webhooks: events for the community's main app, sent to its endpoints or read by cursor."""
