"""The commands: thin; each reads what was asked, asks the knowledge, and sends a reply."""
