"""The run: plan, session, sinks, identity, provenance, inspections."""
