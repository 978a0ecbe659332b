"""How long the program takes its leave."""

GRACE = 8.0
"""Seconds that running work has to finish once the program was told to stop. Less than the ten
after which container engines kill; a notice or booking that is cut off is sent or undone then."""
