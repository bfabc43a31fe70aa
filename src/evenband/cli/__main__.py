"""``python -m evenband.cli``."""

from evenband.cli import main

main()
