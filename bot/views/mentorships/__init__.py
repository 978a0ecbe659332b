"""The page of a mentor and a mentee, with their goals."""
