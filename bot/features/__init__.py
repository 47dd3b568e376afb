"""What the bot does, a folder for each thing: its commands, presses, forms and messages stand together."""

from importlib import import_module
from pkgutil import walk_packages


def load() -> None:
    """Import every feature, so that what it registers is known."""
    for module in walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
