"""What is sent and answered: JSON in camelCase, strict on the way in."""
