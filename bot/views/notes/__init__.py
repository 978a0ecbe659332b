"""Notes, next steps and links of a session: the card, its buttons and its forms."""
