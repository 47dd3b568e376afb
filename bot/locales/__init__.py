"""The interface's catalogues, and a command that says what is missing from one: python -m bot.locales es."""
