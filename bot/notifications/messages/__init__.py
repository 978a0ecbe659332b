"""The messages that people are sent, by their subject."""
