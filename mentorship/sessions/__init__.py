"""Sessions: booking, their life cycle, rescheduling, attendance, disputes and reviews."""
