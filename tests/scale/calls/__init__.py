"""A call of every use case, for a small and a large community."""
