"""Analysis of minimal pairs."""
