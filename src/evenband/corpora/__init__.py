"""Corpora: documents with ids and texts, read in bounded memory, and the store of their vectors."""
