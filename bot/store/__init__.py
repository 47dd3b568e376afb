"""What the bot remembers: one SQLite database. Knows nothing of Discord, nor of the knowledge."""
