"""What only SQLite needs: a driver, threads to run it in, and the queue of its one writer."""
