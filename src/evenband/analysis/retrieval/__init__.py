"""Retrieval: how well pipelines find what is relevant, what each step loses, and what users see change."""
