"""Sentences and number formats that terminal, report and Markdown share."""
