"""The chart libraries for the page, out of the installed vl-convert; nothing is vendored."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

SNIPPET = "window.vegaEmbed = vegaEmbed;"


@cache
def chart_library() -> str:
    """Vega, Vega-Lite and vega-embed as one classic script. About 900 kB and 1.6 s, once a process."""
    import vl_convert

    script: str = vl_convert.javascript_bundle(SNIPPET)
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


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
