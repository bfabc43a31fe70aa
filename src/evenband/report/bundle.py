"""The chart libraries for the page, out of the installed vl-convert; nothing is vendored.

Bundling takes a second and a half, so that the result is kept in the user's cache, under the
library's version and the hash of its own content. What cannot be read or does not have its hash
is bundled anew; what cannot be written is not kept.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Thread

from evenband.storage import cache_folder, replace_file

SNIPPET = "window.vegaEmbed = vegaEmbed;"


@cache
def chart_library() -> str:
    """Vega, Vega-Lite and vega-embed as one classic script, about 900 kB."""
    folder = cache_folder() / "charts"
    stem = f"vega-{library_version()}-{_digest(SNIPPET)[:12]}"
    script = _kept(folder, stem)
    if script is None:
        script = _bundle()
        with suppress(OSError):
            replace_file(folder / f"{stem}-{_digest(script)}.js", script.encode())
    return script


def prepare() -> Thread:
    """Start bundling in the background, while a model loads; an error shows when the report is written."""

    def bundle() -> None:
        with suppress(Exception):
            chart_library()

    thread = Thread(target=bundle, daemon=True)
    thread.start()
    return thread


def library_version() -> str:
    """Of vl-convert, which decides the libraries and how a picture comes out."""
    return version("vl-convert-python")


def _bundle() -> str:
    import vl_convert

    script: str = vl_convert.javascript_bundle(SNIPPET)
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _kept(folder: Path, stem: str) -> str | None:
    """The script that was bundled before, if it is whole."""
    for path in folder.glob(f"{stem}-*.js"):
        with suppress(OSError, UnicodeDecodeError):
            script = path.read_bytes().decode()
            if path.stem == f"{stem}-{_digest(script)}":
                return script
    return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def csp_hash(content: str) -> str:
    """The source expression that lets a content security policy run exactly this inline content."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def policy(scripts: list[str], styles: list[str]) -> str:
    """A content security policy under which nothing else runs and nothing is fetched."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(csp_hash(script) for script in scripts)}",
            f"style-src {' '.join(csp_hash(style) for style in styles)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
