"""Retrieval: judged queries through a model's vectors, words or a run file; and queries that are changed."""
