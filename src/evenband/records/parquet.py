"""A Measurement as a Parquet file: rows for people and polars, what they mean in the metadata."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evenband.errors import InputError, RunError
from evenband.types import Measurement, Metric, ModelSpec, NoiseFloor, ProbeSpec, Scores, Texts

FORMAT = 1
_KEY = b"evenband"


def to_bytes(measurement: Measurement) -> bytes:
    """The file's content. The same measurement gives the same bytes."""
    header = {
        "format": FORMAT,
        "probe": measurement.probe.to_dict(),
        "model": measurement.model.to_dict(),
        "metric": asdict(measurement.metric),
        "noise": asdict(measurement.noise),
        "templates": list(measurement.templates),
        "texts": list(measurement.texts),
        "details": list(measurement.details),
        "columns": list(measurement.columns),
        "calibration": {key: list(values) for key, values in measurement.calibration.items()},
        "floors": dict(measurement.floors),
    }
    table = measurement.to_arrow()
    sink = pa.BufferOutputStream()
    table = table.replace_schema_metadata({_KEY: json.dumps(header).encode()})
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read(path: Path) -> Measurement:
    """The measurement in that file.

    Raises:
        RunError: if it is not one, is damaged, or was written by a later evenband.
    """
    try:
        with pq.ParquetFile(path) as file:
            table = file.read()
        header = json.loads((table.schema.metadata or {})[_KEY])
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunError(
            f"{path}: not a measurement file of evenband ({reason}); delete it to measure again"
        ) from None
    if header.get("format") != FORMAT:
        raise RunError(
            f"{path}: got format {header.get('format')}, expected {FORMAT}; update evenband to read it"
        )
    try:
        return _rebuild(table, header)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise RunError(f"{path}: damaged: {error}") from None
        raise RunError(f"{path}: damaged: {error!r}; delete it to measure again") from None


def _rebuild(table: pa.Table, header: dict[str, Any]) -> Measurement:
    t = len(header["templates"])
    n = table.num_rows // t

    # Not pyarrow's own conversions, which import pandas, where it is installed, or its compute module.
    def numbers(name: str) -> Scores:
        cells = table[name].combine_chunks()
        if cells.type != pa.float64() or cells.null_count:
            return np.array(cells.to_pylist(), dtype=np.float64).reshape(n, t)
        found = np.frombuffer(cells.buffers()[1], np.float64, len(cells), 8 * cells.offset)
        return found.reshape(n, t).copy()

    def strings(name: str) -> Texts:
        return np.array(table[name].to_pylist(), dtype=object).reshape(n, t)

    return Measurement(
        probe=ProbeSpec(**header["probe"]),
        model=ModelSpec.from_dict(header["model"]),
        metric=Metric(**header["metric"]),
        labels=tuple(table["label"].to_pylist()[::t]),
        templates=tuple(header["templates"]),
        scores=numbers("score"),
        texts={name: strings(name) for name in header["texts"]},
        noise=NoiseFloor(**header["noise"]),
        details={name: numbers(name) for name in header["details"]},
        columns={name: tuple(table[name].to_pylist()[::t]) for name in header["columns"]},
        calibration={key: tuple(values) for key, values in header["calibration"].items()},
        floors={kind: rate for kind, rate in header.get("floors", {}).items() if math.isfinite(rate)},
    )
