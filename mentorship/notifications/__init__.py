"""What people are told: the catalogue, writing to the outbox, reminders, preferences."""
