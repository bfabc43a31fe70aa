"""Sentences about minimal pairs: headlines, verdicts, findings, explanations."""
