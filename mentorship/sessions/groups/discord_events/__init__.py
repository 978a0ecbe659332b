"""Discord's scheduled events of group sessions: kept in step, and what people change there."""
