"""Entry point of ``python -m evenband``."""

from evenband.cli import main

main()
