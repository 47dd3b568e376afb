"""A self-hosted Discord bot that explains immunotherapy from a folder of sourced, dated files."""

import os
from importlib.metadata import PackageNotFoundError, version

# We use no plugins of pydantic's; looking for some would read the metadata of every package that is installed.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")

try:
    __version__ = version("immunobot")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
