"""Invitations and requests for help."""
