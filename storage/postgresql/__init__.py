"""What only PostgreSQL needs: time limits, retries, and signals between processes."""
