"""A measurement as a Parquet file: rows for any reader of tables, and what they mean in the metadata."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evenband.errors import InputError, RunError
from evenband.types import Measurement, Metric, ModelSpec, NoiseFloor, Scores, Texts, details_class
from evenband.types.columns import free_name

MEASUREMENT_FORMAT = 2
"""Format of a measurement file; files of format 1 hold minimal pairs only and are read, too."""

_KEY = b"evenband"


def to_bytes(measurement: Measurement) -> bytes:
    """Return a file's content; the same measurement gives the same bytes."""
    table = measurement.to_arrow()
    rows = measurement.details.to_bytes()
    places = {name: free_name(name, table.column_names) for name in rows}
    header = {
        "format": MEASUREMENT_FORMAT,
        "kind": measurement.kind,
        "probe": measurement.probe.to_dict(),
        "subject": measurement.subject.to_dict(),
        "metric": asdict(measurement.metric),
        "noise": None if measurement.noise is None else asdict(measurement.noise),
        "conditions": list(measurement.conditions),
        "tables": list(measurement.details.to_tables()),
        "columns": list(measurement.column_names.values()),
        "names": list(measurement.columns),
        "own": None if measurement.own is None else sorted(measurement.own),
        "facts": measurement.details.to_facts(),
        **({"bytes": places} if places else {}),
    }
    for name, column in places.items():
        cells = [row if j == 0 else None for row in rows[name] for j in range(len(measurement.conditions))]
        table = table.append_column(column, pa.array(cells, pa.binary()))
    sink = pa.BufferOutputStream()
    table = table.replace_schema_metadata({_KEY: json.dumps(header).encode()})
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read(path: Path) -> Measurement:
    """Read a measurement file.

    Raises:
        RunError: if it is not a measurement file, is damaged, or has a later format.
    """
    try:
        # Opened here, since Arrow takes no name that is not UTF-8.
        with path.open("rb") as content, pq.ParquetFile(content) as file:
            table = file.read()
        header = json.loads((table.schema.metadata or {})[_KEY])
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunError(
            f"{path}: not a measurement file of evenband ({reason}); delete it to measure again"
        ) from None
    if header.get("format") not in (1, MEASUREMENT_FORMAT):
        raise RunError(
            f"{path}: got format {header.get('format')}, expected {MEASUREMENT_FORMAT} or 1; "
            "update evenband to read it"
        )
    try:
        return _rebuild(table, _upgraded(header))
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise RunError(f"{path}: damaged: {error}") from None
        raise RunError(f"{path}: damaged: {error!r}; delete it to measure again") from None


def _upgraded(header: dict[str, Any]) -> dict[str, Any]:
    """Return the header of a file of format 1 as one of format 2."""
    if header["format"] != 1:
        return header
    facts = {"calibration": header["calibration"], "baselines": header.get("floors", {})}
    return {
        **header,
        "kind": "pairs",
        "subject": header["model"],
        "conditions": header["templates"],
        "tables": [*header["texts"], *header["details"]],
        "facts": facts,
    }


def _rebuild(table: pa.Table, header: dict[str, Any]) -> Measurement:
    """Return the measurement of a file's rows and header."""
    details = details_class(header["kind"])
    t = len(header["conditions"])
    n = table.num_rows // t

    def cells(name: str) -> Scores | Texts:
        """Return a column as text or numbers, by its type. Shape: (n, t)."""
        if table.schema.field(name).type == pa.string():
            return np.array(table[name].to_pylist(), dtype=object).reshape(n, t)
        return numbers(name)

    # pyarrow's own conversions import pandas, where it is installed, or pyarrow's compute module.
    def numbers(name: str) -> Scores:
        column = table[name].combine_chunks()
        if column.type != pa.float64() or column.null_count:
            return np.array(column.to_pylist(), dtype=np.float64).reshape(n, t)
        values = np.frombuffer(column.buffers()[1], np.float64, len(column), 8 * column.offset)
        return values.reshape(n, t).copy()

    facts, places = header["facts"], header.get("bytes", {})
    facts |= {name: table[column].to_pylist()[::t] for name, column in places.items()}
    return Measurement(
        probe=details.spec.from_dict(header["probe"]),
        subject=ModelSpec.from_dict(header["subject"]),
        metric=Metric(**header["metric"]),
        items=tuple(table[details.item].to_pylist()[::t]),
        conditions=tuple(header["conditions"]),
        scores=numbers("score"),
        noise=None if header["noise"] is None else NoiseFloor(**header["noise"]),
        details=details.rebuild({name: cells(name) for name in header["tables"]}, facts),
        columns={
            name: tuple(table[column].to_pylist()[::t])
            for name, column in zip(header.get("names", header["columns"]), header["columns"], strict=True)
        },
        own=None if header.get("own") is None else frozenset(header["own"]),
    )
