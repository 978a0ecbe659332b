"""Recognition: what mentors get for helping others, beside points and reviews."""
