"""Where a model of d numbers begins to fail on fresh LIMIT-like sets: recall over people, fillers, numbers.

    python benchmarks/limit_curves.py --models 'minilm?dim={384,256,128,64}' bm25 --figure limit-curves.png

For each number of people n and pattern, every model answers the queries of ``limit:n=N,k=2,pattern=P``;
the same with so many people in all (``docs``), and with synonyms in place of the words (``leak=off``).
Recall@2 is printed with its 90% interval over queries, beside that of a random order.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import evenband
from evenband import encoders
from evenband.analysis import RetrievalAudit

PEOPLE = (8, 16, 32, 46)
DOCUMENTS = (46, 100, 300, 1000)
DEPTH = 2


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["minilm?dim={384,256,128,64}", "bm25"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--figure", type=Path)
    arguments = parser.parse_args()
    models = [one for model in arguments.models for one in encoders.expand(model)]
    rows = [row for sets in list_sets(arguments.seed) for row in measure(models, *sets)]
    print(json.dumps(rows, indent=1))
    if arguments.figure is not None:
        draw(rows, arguments.figure)


def list_sets(seed: int) -> list[tuple[str, int, str]]:
    """Return the curve that a dataset belongs to, its place on it, and its reference."""
    people = [
        (f"people, {pattern}", n, f"limit:n={n},pattern={pattern},seed={seed}")
        for pattern in ("dense", "cycle")
        for n in PEOPLE
    ]
    documents = [
        ("documents, 46 asked for", docs, f"limit:n=46,docs={docs},seed={seed}") for docs in DOCUMENTS
    ]
    synonyms = [("people, synonyms", n, f"limit:n={n},leak=off,seed={seed}") for n in PEOPLE[:3]]
    return [*people, *documents, *synonyms]


def measure(models: list[str], curve: str, place: int, reference: str) -> list[dict[str, Any]]:
    """Return recall of every model on one dataset."""
    audits = evenband.retrieve(reference, models, k=[DEPTH])
    rows = []
    for audit in audits:
        assert isinstance(audit, RetrievalAudit)
        recall = audit.pipelines[0].recall[DEPTH]
        rows.append(
            {
                "curve": curve,
                "x": place,
                "model": audit.measurement.subject.name,
                "queries": len(audit.measurement.items),
                "recall@2": recall.value,
                "low": recall.low,
                "high": recall.high,
                "chance": audit.chance,
            }
        )
    return rows


def draw(rows: list[dict[str, Any]], file: Path) -> None:
    """Draw a plot for each curve into a PNG file."""
    import vl_convert

    plots = []
    for curve in dict.fromkeys(row["curve"] for row in rows):
        points = [{**row, "y": row["recall@2"]} for row in rows if row["curve"] == curve]
        points += [
            {"x": x, "y": chance, "model": "random order"}
            for x, chance in dict.fromkeys((row["x"], row["chance"]) for row in points)
        ]
        encoding = {
            "x": {"field": "x", "type": "quantitative", "title": None, "scale": {"type": "log", "base": 2}},
            "y": {"field": "y", "type": "quantitative", "title": None, "scale": {"domain": [0, 1]}},
            "color": {"field": "model", "type": "nominal", "title": None, "sort": None},
        }
        plots.append(
            {
                "title": f"Recall@2 over {curve}",
                "width": 340,
                "height": 200,
                "data": {"values": points},
                "mark": {"type": "line", "point": True},
                "encoding": encoding,
            }
        )
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "concat": plots, "columns": 2}
    file.write_bytes(vl_convert.vegalite_to_png(json.dumps(spec), scale=1))


if __name__ == "__main__":
    main()
