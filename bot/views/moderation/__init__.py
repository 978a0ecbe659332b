"""Moderators' pages: the review card, the queue, disputes and the audit log."""
