"""What happens after a session: attendance, disputes and reviews."""
