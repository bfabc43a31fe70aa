"""Rerankers: models that score a query and a document together, and have no vectors.

A cross-encoder reads both texts at once; a late-interaction model compares a vector for each token. Both are
loaded here as a :class:`~evenband.types.Reranker`, whatever they do inside.
"""
