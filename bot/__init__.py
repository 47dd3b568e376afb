"""A self-hosted Discord bot that explains immunotherapy from a folder of sourced, dated files."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("immunobot")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
