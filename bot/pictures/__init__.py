"""Pictures on cards, drawn in a process of their own."""
