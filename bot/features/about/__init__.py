"""What the bot is and keeps, and how it answers in a server."""
