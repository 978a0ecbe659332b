"""A member's own pages: help, time zone, notifications, points and privacy."""
