"""Blocks of the report: what is shown of results, a module for each subject matter."""
