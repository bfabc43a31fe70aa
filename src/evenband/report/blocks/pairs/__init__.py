"""Blocks of minimal pairs: cards, charts, tables, scorecards, explanations."""
