"""What only PostgreSQL needs: time limits, a queue for retries, and signals between processes."""
