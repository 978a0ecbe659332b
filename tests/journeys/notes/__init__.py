"""What people do with notes, next steps and links."""
