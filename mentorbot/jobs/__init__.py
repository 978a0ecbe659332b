"""What runs again and again: the jobs of a process, and their schedule."""
