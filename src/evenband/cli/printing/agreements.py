"""A comparison of two references as printed, and whether the user's tolerance holds."""

from __future__ import annotations

import sys
from pathlib import Path

from evenband.analysis import AgreementAudit, Results
from evenband.cli.printing.console import print_report_path
from evenband.cli.printing.overview import print_results
from evenband.narrative.differences import limit_sentence
from evenband.report.output import summary_text


def print_agreement(results: Results, as_json: bool, out: Path | None) -> bool:
    """Print sentences and tables, or summary.json; return whether the tolerance holds.

    Args:
        results: of one comparison.
        as_json: print summary.json, and on stderr what exceeds the tolerance.
        out: run directory, if one was written.
    """
    audits = [audit for audit in results.audits if isinstance(audit, AgreementAudit)]
    beyond = [audit for audit in audits if audit.excess is not None]
    if as_json:
        print(summary_text(results), end="")
        for audit in beyond:
            print(f"{audit.measurement.probe.name}: {limit_sentence(audit)}", file=sys.stderr)
        return not beyond
    print_results(results)
    if out is not None:
        print_report_path(out / "report.html")
    return not beyond
