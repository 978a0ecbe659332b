"""Who is notified of what: the catalogue, writing to the outbox, reminders, preferences."""
