"""Draw the picture of the report that README shows, from a real run, with headless Chromium.

    python scripts/picture.py [RUN_DIRECTORY]

Without a directory the README's first audit is run (all-MiniLM-L6-v2, the comma). The picture is the
top of its report, as a reader sees it, so that it stays true to the code.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURE = Path(__file__).parents[1] / "docs" / "report.png"
WIDTH, HEIGHT = 1180, 1000
"""Of the picture, in pixels."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main(arguments: list[str]) -> int:
    """Run the audit if no directory is given, and take the picture."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        print("no Chromium found; install it to draw the picture", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(arguments[0]) if arguments else audit(Path(scratch) / "run")
        photograph(browser, run / "report.html", Path(scratch) / "profile")
    print(PICTURE)
    return 0


def audit(directory: Path) -> Path:
    """Run README's first audit into a directory, and return the directory."""
    command = [sys.executable, "-m", "evenband", "audit", "minilm", "-o", str(directory)]
    subprocess.run(command, check=True)
    return directory


def photograph(browser: str, page: Path, profile: Path) -> None:
    """Take the picture of the top of a page, in light colours."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    size = [f"--window-size={WIDTH},{HEIGHT}", "--force-device-scale-factor=1"]
    wait = ["--virtual-time-budget=10000", f"--user-data-dir={profile}"]
    target = [f"--screenshot={PICTURE}", page.resolve().as_uri()]
    subprocess.run([browser, *flags, *size, *wait, *target], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
