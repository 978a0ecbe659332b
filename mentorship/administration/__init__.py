"""What moderators and server managers do: settings, suspensions, the audit log."""
