"""Running: ``session`` is the loop (probes on subjects, follow-ups of outliers) into ``sinks``; plan,
identity, provenance, inspections and reports of a run stand beside it.
"""
