"""What happens between the sessions of a mentor and a mentee."""
