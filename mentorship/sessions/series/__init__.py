"""Series: sessions with one mentor that were booked together and repeat."""
