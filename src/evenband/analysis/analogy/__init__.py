"""Analogy: how often the expected word is the nearest one."""
