"""What is said of minimal pairs: headlines, verdicts, findings, reasons."""
