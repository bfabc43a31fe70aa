"""Minimal pairs in the terminal: figures, scorecards, comparisons, explanations, ablations."""
