"""The cards of `/calendar`."""
