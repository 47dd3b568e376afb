"""How the bot is reached and watched."""
