"""A model that was trained on the published probes, and the fresh draw that shows it up."""
