"""What the bot does in a server without being asked: roles, channels, rooms, members who left."""
