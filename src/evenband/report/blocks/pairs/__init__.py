"""Blocks of minimal pairs: headlines, charts, tables, scorecards, explanations."""
