"""Taking due notifications out of the outbox and recording what became of them."""
