"""Running late: somebody says how late they will be, and the others are told."""
