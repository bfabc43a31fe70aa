"""Local models through sentence-transformers."""
