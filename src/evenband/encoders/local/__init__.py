"""Models that sentence-transformers runs on this machine."""
