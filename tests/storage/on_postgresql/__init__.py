"""What only concerns PostgreSQL, and the server that the tests run."""
