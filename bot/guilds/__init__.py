"""What the bot does in guilds by itself: roles, channels, meeting rooms, members who left."""
