"""The texts that a plan embeds, so that another system can embed them and be audited by a file of vectors."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from evenband.errors import InputError
from evenband.probes.agreement import texts_of_probe
from evenband.probes.pairs.calibration import paraphrases
from evenband.probes.pairs.exchange import Exchange
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.running import plan as plans
from evenband.running.plan import Plan
from evenband.storage import replace_file, why_not_written
from evenband.types import Role

TextInRole: TypeAlias = tuple[str, Role]
"""A text and its role."""

LIST_SUFFIXES = (".jsonl", ".csv", ".parquet")
"""Endings of the files that a list is written to."""

_ANY_MODEL = "toy:chars"
"""Stands for the model of a plan whose texts are listed; nothing is embedded."""


def list_texts(plan: Plan) -> list[TextInRole]:
    """Return every text that an audit by a plan embeds, each once in each role.

    These are the texts of the probes, the same with one slot's value exchanged, and the paraphrases of the
    calibration. Not among them are the follow-ups of outliers, which depend on the model's scores.

    Raises:
        InputError: if a probe does not exist or cannot be read.
    """
    texts = dict.fromkeys(text for probe in plans.load_probes(plan) for text in _texts_of(probe))
    texts.update(dict.fromkeys((text, Role.NONE) for pair in paraphrases() for text in pair))
    return list(texts)


def build_listing(probes: Sequence[str], **options: object) -> Plan:
    """Return the plan of an audit of any model.

    Args:
        probes: names or files.
        options: as for :func:`evenband.running.plan.build`; ``None`` is left out.

    Raises:
        InputError: if an option is not valid.
    """
    given = {key: value for key, value in options.items() if value is not None}
    return plans.build(models=(_ANY_MODEL,), probes=tuple(probes), **given)


def formatted(texts: Sequence[TextInRole], suffix: str) -> bytes:
    """Return a list of texts as a file's content: JSON lines, CSV or Parquet, with columns text and role.

    Raises:
        InputError: if the file name's ending is none of these.
    """
    if suffix == ".jsonl":
        return b"".join(_line(text, role) for text, role in texts)
    if suffix == ".csv":
        file = io.StringIO(newline="")
        csv.writer(file, lineterminator="\n").writerows(
            [("text", "role"), *((text, role.value) for text, role in texts)]
        )
        return _encoded(file.getvalue())
    if suffix == ".parquet":
        return _as_parquet(texts)
    raise InputError(
        f"-o: got a file that ends in {suffix!r}, expected one of {', '.join(LIST_SUFFIXES)}, or -"
    )


def write_texts(texts: Sequence[TextInRole], path: Path) -> None:
    """Write a list of texts, whole or not at all.

    Raises:
        InputError: for an unknown ending, or if the file cannot be written.
    """
    content = formatted(texts, path.suffix.lower())
    try:
        replace_file(path, content)
    except OSError as error:
        raise InputError(why_not_written(path, error)) from error


def _texts_of(probe: MinimalPairs) -> Iterator[TextInRole]:
    own = texts_of_probe(probe)
    yield from zip(own.texts, own.roles, strict=True)
    if len(probe.slots) > 1:
        exchange = Exchange(probe.slots, probe.values)
        for template in probe.templates:
            yield from ((text, probe.role(0)) for text in exchange.texts(template.a))


def _as_parquet(texts: Iterable[TextInRole]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    rows = [(_encoded(text).decode(), role.value) for text, role in texts]
    columns = {"text": [text for text, _ in rows], "role": [role for _, role in rows]}
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), file, compression="zstd")
    return file.getvalue()


def _line(text: str, role: Role) -> bytes:
    row = {"text": text, "role": role.value}
    try:
        return json.dumps(row, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, which JSON can write as an escape
        return json.dumps(row).encode() + b"\n"


def _encoded(text: str) -> bytes:
    """Return a text in UTF-8.

    Raises:
        InputError: if it holds half a character, which UTF-8 cannot.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"a text holds {error.object[error.start]!r}, half of a character, which only a .jsonl file can "
            "hold"
        ) from None
