"""Let `python -m bot` do what `immunobot` does."""

import sys

from bot.cli import main

sys.exit(main())
