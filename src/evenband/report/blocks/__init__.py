"""Sections of the report: views of results, a module for each kind of block."""
