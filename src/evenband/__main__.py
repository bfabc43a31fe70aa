"""``python -m evenband``."""

from evenband.cli import main

main()
