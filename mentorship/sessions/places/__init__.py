"""Where sessions take place: rooms, links and who is given them."""
