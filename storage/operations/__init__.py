"""Work for operators on whole databases: backups, restoring them, and moving to another."""
