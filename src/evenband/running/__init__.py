"""Runs: ``session`` is the loop (probes, then follow-ups of outliers), ``sinks`` keep what it measured.

Plan, subjects, identity, provenance, inspections and reports of a run stand beside it.
"""
