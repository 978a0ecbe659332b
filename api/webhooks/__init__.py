"""The bodies of webhooks, and of the events that the main app reads: the API's own shapes."""
