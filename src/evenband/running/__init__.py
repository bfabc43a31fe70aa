"""Running: plan, session, sinks, subjects, identity, provenance, inspections and reports of a run."""
