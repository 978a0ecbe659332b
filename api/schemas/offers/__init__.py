"""Shapes of series, invitations, requests for help and slot alerts."""
