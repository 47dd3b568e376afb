"""What the bot knows: the files, their checks, the index of names, the live snapshot. Knows nothing of Discord."""
