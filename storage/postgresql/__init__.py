"""What only PostgreSQL needs: time limits, turns after conflicts, and signals between processes."""
