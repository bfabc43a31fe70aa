"""Minimal pairs: sentences that differ in one change, over the values of a slot."""
