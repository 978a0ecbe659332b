"""Group sessions: creating, announcing, joining and managing them."""
