"""Words about what leads to sessions: series, requests for help, and slot alerts."""
