"""The alert rules of deploy/: each is made to fire and to end by `python -m tests.alerts`."""
