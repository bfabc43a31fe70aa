"""Overlap: how much of the first documents stays when a query is written in another way."""
