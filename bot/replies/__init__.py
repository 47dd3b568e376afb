"""What the bot says: entries turned into Discord messages, within Discord's limits, in the asker's language."""
