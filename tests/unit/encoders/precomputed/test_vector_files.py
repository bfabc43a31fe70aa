"""Files of precomputed vectors, in every format: what is read, what is refused, and in which words."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from evenband import encoders
from evenband.encoders import Covering, Stored
from evenband.encoders.precomputed.lookup import PrecomputedEncoder
from evenband.errors import InputError, ModelError
from evenband.types import Role

TEXTS = ["a tea", "", 'zwei\nZeilen, "quoted"', "日本 🎉", "  spaces "]
VALUES = np.random.default_rng(5).normal(size=(5, 7)).astype(np.float16)
"""Numbers that float16 holds exactly, so that every format must give the same."""


def load(path: Path) -> PrecomputedEncoder:
    encoder = encoders.load(f"vectors:{path}")
    assert isinstance(encoder, PrecomputedEncoder)
    return encoder


def parquet(folder: Path, vectors: Any, texts: list[Any] = TEXTS, **columns: Any) -> Path:
    path = folder / "mine.parquet"
    pq.write_table(pa.table({"text": texts, "vector": vectors, **columns}), path, row_group_size=2)
    return path


def lists(vectors: NDArray[Any], kind: Any) -> Any:
    return pa.array([row.tolist() for row in vectors.astype(np.float64)], kind)


def fixed(vectors: NDArray[Any]) -> Any:
    return pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])


def npy(folder: Path, vectors: NDArray[Any], texts: list[str] | None = TEXTS) -> Path:
    path = folder / "mine.npy"
    np.save(path, vectors)
    if texts is not None:
        path.with_suffix(".jsonl").write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
    return path


def safetensors(folder: Path, dtype: str, content: bytes, shape: tuple[int, ...] = (5, 7)) -> Path:
    entry = {"dtype": dtype, "shape": shape, "data_offsets": [0, len(content)]}
    header = json.dumps({"__metadata__": {"model": "org/model"}, "emb": entry}).encode()
    path = folder / "mine.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + content)
    path.with_suffix(".jsonl").write_text("\n".join(map(json.dumps, TEXTS)), encoding="utf-8")
    return path


def json_lines(folder: Path, vectors: list[Any], texts: list[Any] = TEXTS, **more: list[Any]) -> Path:
    path = folder / "mine.jsonl"
    rows = [{"text": text, "vector": vector} for text, vector in zip(texts, vectors, strict=True)]
    for key, values in more.items():
        for row, value in zip(rows, values, strict=True):
            row[key] = value
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def bfloat16(vectors: NDArray[Any]) -> bytes:
    return bytes((vectors.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes())


FORMATS: dict[str, Callable[[Path], Path]] = {
    "parquet list of float32": lambda f: parquet(f, lists(VALUES, pa.list_(pa.float32()))),
    "parquet list of float64": lambda f: parquet(f, lists(VALUES, pa.list_(pa.float64()))),
    "parquet large list": lambda f: parquet(f, lists(VALUES, pa.large_list(pa.float32()))),
    "parquet fixed size": lambda f: parquet(f, fixed(VALUES.astype(np.float32))),
    "parquet float16": lambda f: parquet(f, fixed(VALUES)),
    "parquet categories": lambda f: parquet(
        f, fixed(VALUES.astype(np.float32)), pa.array(TEXTS).dictionary_encode()
    ),
    "json lines": lambda f: json_lines(f, VALUES.astype(float).tolist()),
    "npy float16": lambda f: npy(f, VALUES),
    "npy float32": lambda f: npy(f, VALUES.astype(np.float32)),
    "npy float64": lambda f: npy(f, VALUES.astype(np.float64)),
    "npy big-endian": lambda f: npy(f, VALUES.astype(">f4")),
    "npy column by column": lambda f: npy(f, np.asfortranarray(VALUES.astype(np.float32))),
    "safetensors F32": lambda f: safetensors(f, "F32", VALUES.astype("<f4").tobytes()),
    "safetensors F16": lambda f: safetensors(f, "F16", VALUES.astype("<f2").tobytes()),
    "safetensors F64": lambda f: safetensors(f, "F64", VALUES.astype("<f8").tobytes()),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_files_vectors_to_the_last_bit(name: str, tmp_path: Path) -> None:
    """In the order asked for, twice where asked twice, in any role, as float32."""
    encoder = load(FORMATS[name](tmp_path))
    order = [3, 0, 4, 1, 2, 3]
    for role in Role:
        vectors = encoder.encode([TEXTS[row] for row in order], role)
        assert vectors.dtype == np.float32
        np.testing.assert_array_equal(vectors, VALUES[order].astype(np.float32))
    assert encoder.spec.source == "vectors"
    assert encoder.spec.dim == 7
    assert encoder.spec.dtype == ("float16" if "16" in name else "float32")


def test_bfloat16_is_widened_exactly(tmp_path: Path) -> None:
    """Its numbers are float32 numbers with sixteen bits of zeros behind."""
    exact = np.array([[1.0, -2.5], [0.15625, 3e38]], dtype=np.float32)
    exact = (exact.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    path = safetensors(tmp_path, "BF16", bfloat16(exact), (2, 2))
    path.with_suffix(".jsonl").write_text('"a"\n{"text": "b"}\n', encoding="utf-8")
    np.testing.assert_array_equal(load(path).encode(["a", "b"]), exact)
    assert load(path).spec.dtype == "bfloat16"


def test_a_text_that_the_file_lacks_is_not_covered_and_refused(tmp_path: Path) -> None:
    """Nothing is guessed: neither case nor space is forgiven."""
    encoder = load(npy(tmp_path, VALUES))
    assert isinstance(encoder, Covering)
    assert isinstance(encoder, Stored)
    assert encoder.stored_in().endswith("mine.npy")
    assert encoder.covers(["a tea", "A tea", "a tea ", ""]).tolist() == [True, False, False, True]
    assert encoder.covers([]).shape == (0,)
    with pytest.raises(ModelError, match="no vector for 'A tea'"):
        encoder.encode(["a tea", "A tea"])


def test_with_roles_a_text_has_a_vector_for_each(tmp_path: Path) -> None:
    """Looked up by role; a row without a role is for texts without one."""
    rows = VALUES[:3].astype(np.float32)
    path = parquet(tmp_path, fixed(rows), ["tea", "tea", "tea"], role=["query", "document", None])
    encoder = load(path)
    for role, row in zip((Role.QUERY, Role.DOCUMENT, Role.NONE), rows, strict=True):
        np.testing.assert_array_equal(encoder.encode(["tea"], role)[0], row)
    lines = json_lines(tmp_path, rows[:2].tolist(), ["tea", "coffee"], role=["query", "query"])
    assert load(lines).covers(["tea", "coffee"], Role.QUERY).all()
    assert not load(lines).covers(["tea", "coffee"]).any()
    beside = npy(tmp_path / "", rows[:2], None)
    beside.with_suffix(".jsonl").write_text(
        '{"text": "tea", "role": "query"}\n{"text": "tea", "role": "document"}', encoding="utf-8"
    )
    np.testing.assert_array_equal(load(beside).encode(["tea"], Role.DOCUMENT)[0], rows[1])


def test_texts_may_lie_one_a_line_in_a_text_file(tmp_path: Path) -> None:
    """With a byte order mark and Windows' line ends, and with an empty line for the empty text."""
    path = npy(tmp_path, VALUES[:3], None)
    path.with_suffix(".txt").write_bytes("\ufeffgrün\r\n\r\n tea".encode())
    np.testing.assert_array_equal(load(path).encode(["grün", "", " tea"]), VALUES[:3].astype(np.float32))


def test_float32_arrays_are_mapped_and_not_read(tmp_path: Path) -> None:
    """So that a file may be larger than memory."""
    for path in (npy(tmp_path, VALUES.astype("<f4")), FORMATS["safetensors F32"](tmp_path)):
        assert isinstance(load(path)._table.vectors, np.memmap)


def test_a_repeated_row_counts_once(tmp_path: Path) -> None:
    """The same text with the same vector is no fault; the digest still is of the whole file."""
    twice = np.concatenate([VALUES, VALUES])
    encoder = load(npy(tmp_path, twice, [*TEXTS, *TEXTS]))
    np.testing.assert_array_equal(encoder.encode(TEXTS), VALUES.astype(np.float32))


def test_the_revision_follows_the_content_and_nothing_else(tmp_path: Path) -> None:
    """A copy is the same model; another number, or the texts in another order, is another."""
    first = load(npy(tmp_path, VALUES)).spec
    (tmp_path / "copy").mkdir()
    assert load(npy(tmp_path / "copy", VALUES)).spec.digest == first.digest
    assert load(npy(tmp_path, VALUES, TEXTS[::-1])).spec.digest != first.digest
    assert load(npy(tmp_path, VALUES * 2)).spec.digest != first.digest
    reference = f"vectors:{tmp_path / 'copy' / 'mine.npy'}"
    assert encoders.content_of(reference) == first.revision


def test_the_files_model_stands_in_a_note_without_secrets(tmp_path: Path) -> None:
    """Parquet's key-value metadata and those of safetensors name it; a key in an address is left out."""
    path = tmp_path / "mine.parquet"
    table = pa.table({"text": TEXTS, "vector": fixed(VALUES)})
    pq.write_table(table.replace_schema_metadata({"model": "https://h/v1?api_key=hunter22\nx"}), path)
    [note] = load(path).spec.notes
    assert "made with https://h/v1?api_key=*** x;" in note
    assert "hunter22" not in note
    [note] = load(FORMATS["safetensors F32"](tmp_path)).spec.notes
    assert "made with org/model" in note
    assert "made with" not in load(npy(tmp_path, VALUES)).spec.notes[0]


def test_an_at_sign_may_stand_in_the_files_name(tmp_path: Path) -> None:
    """It begins no revision, since files have none."""
    path = npy(tmp_path, VALUES).rename(tmp_path / "of@2024.npy")
    (tmp_path / "mine.jsonl").rename(tmp_path / "of@2024.jsonl")
    np.testing.assert_array_equal(load(path).encode(TEXTS), VALUES.astype(np.float32))


class Bomb:
    """An object that writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    """Neither an npy file of objects nor a pickle that is called so."""
    fuse = tmp_path / "exploded"
    path = npy(tmp_path, VALUES)
    np.save(path, np.array([Bomb(fuse)], dtype=object), allow_pickle=True)
    with pytest.raises(ModelError, match="cannot be read as an npy file"):
        load(path)
    path.write_bytes(pickle.dumps(Bomb(fuse)))
    with pytest.raises(ModelError, match="cannot be read as an npy file"):
        load(path)
    assert not fuse.exists()


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def renamed_column(folder: Path) -> Path:
    pq.write_table(pa.table({"texts": TEXTS, "vector": fixed(VALUES)}), folder / "mine.parquet")
    return folder / "mine.parquet"


def with_value(value: float, dtype: Any = np.float32) -> NDArray[Any]:
    vectors = VALUES.astype(dtype)
    vectors[3, 6] = value
    return vectors


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing file": (lambda f: f / "none.parquet", "no such file"),
    "folder": (lambda f: (f / "x.npy").mkdir() or f / "x.npy", "is a folder"),  # type: ignore[func-returns-value]
    "NaN": (lambda f: npy(f, with_value(np.nan)), "vector of '日本 🎉' holds NaN"),
    "NaN in Parquet": (lambda f: parquet(f, fixed(with_value(np.nan))), "vector of '日本 🎉' holds NaN"),
    "NaN in JSON": (lambda f: json_lines(f, with_value(np.nan).tolist()), "'日本 🎉' holds NaN"),
    "beyond float32": (lambda f: npy(f, with_value(1e300, np.float64)), "beyond float32"),
    "ragged Parquet": (
        lambda f: parquet(f, pa.array([[1.0, 2.0]] * 3 + [[1.0]] * 2)),
        "vector of '日本 🎉' has 1 numbers, expected 2",
    ),
    "ragged JSON": (
        lambda f: json_lines(f, [[1, 2]] * 4 + [[1, 2, 3]]),
        "'  spaces ' has 3 numbers, expected 2",
    ),
    "null vector": (lambda f: parquet(f, pa.array([[1.0]] * 4 + [None])), "'  spaces ' has no vector"),
    "null number": (lambda f: parquet(f, pa.array([[1.0]] * 4 + [[None]])), "no value in a place"),
    "null text": (
        lambda f: parquet(f, fixed(VALUES), [None, *TEXTS[1:]]),
        "got None in row 1, expected a text",
    ),
    "texts are numbers": (lambda f: parquet(f, fixed(VALUES), [1, 2, 3, 4, 5]), "'text' holds int64"),
    "vectors are texts": (lambda f: parquet(f, ["[1, 2]"] * 5), "'vector' holds string, expected lists"),
    "vectors are bytes": (
        lambda f: parquet(f, pa.array([[1]] * 5, pa.list_(pa.uint8()))),
        "expected lists of float",
    ),
    "two vectors for a text": (
        lambda f: npy(f, VALUES, ["tea", "b", "c", "d", "tea"]),
        "'tea' has two different vectors, in rows 1 and 5",
    ),
    "two vectors in a role": (
        lambda f: parquet(f, fixed(VALUES), ["tea"] * 5, role=["query", "none", "document", "query", "none"]),
        "'tea' has two different vectors in the role query, in rows 1 and 4",
    ),
    "unknown role": (
        lambda f: parquet(f, fixed(VALUES), role=["query", "passage", "none", "none", "none"]),
        "got the role 'passage' in row 2, expected one of none, query, document",
    ),
    "column called otherwise": (renamed_column, "no column 'text'; did you mean 'texts'"),
    "not Parquet": (lambda f: write(f, "mine.parquet", b"PAR1 no"), "cannot be read as Parquet"),
    "texts not UTF-8": (
        lambda f: parquet(f, fixed(VALUES[:1]), pa.array([b"\xff"]).view(pa.string())),
        "'text' holds bytes that are not UTF-8",
    ),
    "no rows": (lambda f: parquet(f, pa.array([], pa.list_(pa.float32())), []), "one or more of each"),
    "no numbers": (lambda f: npy(f, np.zeros((5, 0), np.float32)), "one or more of each"),
    "no lines": (lambda f: write(f, "mine.jsonl", b"\n\n"), "one or more of each"),
    "three dimensions": (lambda f: npy(f, np.zeros((5, 2, 2), np.float32)), "shape (5, 2, 2)"),
    "one dimension": (lambda f: npy(f, np.zeros(5, np.float32)), "shape (5,)"),
    "too few texts": (lambda f: npy(f, VALUES, TEXTS[:4]), "got 5 vectors for 4 texts"),
    "whole numbers": (lambda f: npy(f, np.zeros((5, 7), np.int8)), "holds int8, expected float16"),
    "complex numbers": (lambda f: npy(f, np.zeros((5, 7), np.complex64)), "holds complex64"),
    "no texts beside": (lambda f: npy(f, VALUES, None), "mine.txt or mine.jsonl (one a line); found neither"),
    "texts beside twice": (
        lambda f: write(f, "mine.txt", b"a") and npy(f, VALUES),
        "found both",
    ),
    "texts beside not UTF-8": (
        lambda f: write(f, "mine.txt", b"\xff\n" * 5) and npy(f, VALUES, None),
        "mine.txt is not UTF-8",
    ),
    "no JSON": (lambda f: write(f, "mine.jsonl", b'{"text": "a"'), "line 1 is no JSON"),
    "JSON not UTF-8": (lambda f: write(f, "mine.jsonl", b'\n{"text": "\xff"}'), "line 2 is not UTF-8"),
    "JSON without vector": (lambda f: write(f, "mine.jsonl", b'{"text": "a"}'), "no column 'vector'"),
    "JSON list": (lambda f: write(f, "mine.jsonl", b"[1]"), "row 1 is no object"),
    "JSON texts in a vector": (lambda f: json_lines(f, [["1"]] * 5), "is no list of numbers"),
    "JSON nested": (lambda f: json_lines(f, [[[1], [1, 2]]] * 5), "is no list of numbers"),
    "npz": (
        lambda f: np.savez(f / "x.npz", a=VALUES) or (f / "x.npz").rename(f / "mine.npy"),  # type: ignore[func-returns-value]
        "cannot be read as an npy file",
    ),
    "npy cut off": (
        lambda f: write(f, "mine.npy", npy(f, VALUES).read_bytes()[:-3]),
        "cannot be read as an npy file",
    ),
    "safetensors cut off": (
        lambda f: write(f, "mine.safetensors", FORMATS["safetensors F32"](f).read_bytes()[:-1]),
        "cut off or its size is wrong",
    ),
    "safetensors of integers": (lambda f: safetensors(f, "I8", bytes(35)), "holds I8, expected F16"),
    "safetensors of nothing": (
        lambda f: write(f, "mine.safetensors", b"\0\0"),
        "cannot be read as safetensors",
    ),
    "safetensors of noise": (lambda f: write(f, "mine.safetensors", b"\xff" * 99), "longer than the file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_said_in_one_line(name: str, tmp_path: Path) -> None:
    """A wrong vector without a word would be the worst fault."""
    make, message = REFUSED[name]
    with pytest.raises(ModelError) as raised:
        load(make(tmp_path))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value).strip()
    assert str(tmp_path) in str(raised.value)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("vectors", "names no file"),
        ("vectors:", "names no file"),
        ("vectors:mine.npz", "ends in '.npz', expected one of .parquet, .jsonl, .npy, .safetensors"),
        ("vectors:mine.npy?dim=3", "no option 'dim'"),
    ],
)
def test_a_malformed_reference_is_refused(
    reference: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is read."""
    monkeypatch.chdir(tmp_path)
    npy(tmp_path, VALUES)
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        encoders.load(reference)
