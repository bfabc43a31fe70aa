"""The page's chart libraries, bundled from the installed vl-convert. Nothing is vendored.

Bundling takes a second and a half, so the bundle is cached, named by the library's version and the
hash of its content. A bundle that cannot be read or does not match its hash is made again.
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
    """Return Vega, Vega-Lite and vega-embed as one classic script of about 900 kB."""
    folder = cache_folder() / "charts"
    stem = f"vega-{library_version()}-{_digest(SNIPPET)[:12]}"
    script = _cached(folder, stem)
    if script is None:
        script = _bundle()
        with suppress(OSError):
            replace_file(folder / f"{stem}-{_digest(script)}.js", script.encode())
    return script


def prepare() -> Thread:
    """Start bundling in the background while a model loads. Errors surface when the report is written."""

    def bundle() -> None:
        with suppress(Exception):
            chart_library()

    thread = Thread(target=bundle, daemon=True)
    thread.start()
    return thread


def library_version() -> str:
    """Return the version of vl-convert, which decides the libraries and how pictures look."""
    return version("vl-convert-python")


def _bundle() -> str:
    import vl_convert

    script: str = vl_convert.javascript_bundle(SNIPPET)
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _cached(folder: Path, stem: str) -> str | None:
    """Return the cached script if its content matches its hash."""
    for path in folder.glob(f"{stem}-*.js"):
        with suppress(OSError, UnicodeDecodeError):
            script = path.read_bytes().decode()
            if path.stem == f"{stem}-{_digest(script)}":
                return script
    return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def csp_hash(content: str) -> str:
    """Return the source expression with which a content security policy allows this inline content."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def policy(scripts: list[str], styles: list[str]) -> str:
    """Return a content security policy that allows only these scripts and styles, and no requests."""
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
