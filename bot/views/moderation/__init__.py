"""What moderators see: the review card, the queue, disputes and the audit log."""
