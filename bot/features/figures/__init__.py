"""How the bot was used."""
