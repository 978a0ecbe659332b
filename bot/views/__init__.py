"""What commands show: cards with their buttons, and forms."""
