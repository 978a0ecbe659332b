"""The availability panel: the week, date overrides, and the rules for bookings."""
