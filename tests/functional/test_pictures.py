"""Captions and pictures in one table: drawings, planted towers whose answer is known, and CLIP."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import small_models
from evenband import encoders, picture_files
from evenband.analysis import PairsAudit
from evenband.errors import InputError, MissingVectorsError, ModelError
from evenband.picture_files import open_picture
from evenband.probes.files.pair_tables import read_table
from evenband.types import ModelSpec, Role, Vectors
from evenband.types.picture_texts import is_picture, shown_text

pillow = pytest.importorskip("PIL.Image")
drawing = pytest.importorskip("PIL.ImageDraw")

COLOURS = {"red": (220, 20, 20), "blue": (20, 20, 220), "green": (20, 180, 20), "black": (0, 0, 0)}
COUNTS = {"one": 1, "two": 2}


def draw(folder: Path, colour: str, count: str, size: int = 48, suffix: str = ".png") -> str:
    """So many squares of a colour on white; returns the file's name."""
    picture = pillow.new("RGB", (size, size), (255, 255, 255))
    pen = drawing.Draw(picture)
    side = size // 4
    for k in range(COUNTS[count]):
        left = side // 2 + k * 2 * side
        pen.rectangle([left, side, left + side, 2 * side], fill=COLOURS[colour])
    name = f"{count}-{colour}-{size}{suffix}"
    picture.save(folder / name)
    return name


def table(folder: Path) -> Path:
    """Both directions: a caption and two pictures, a picture and two captions."""
    rows = ["anchor,positive,negative"]
    colours = list(COLOURS)
    for colour, other in zip(colours, [*colours[1:], colours[0]], strict=True):
        right, wrong = draw(folder, colour, "one"), draw(folder, other, "one")
        rows += [f"one {colour} square,{right},{wrong}", f"{right},one {colour} square,one {other} square"]
        two = draw(folder, colour, "two")
        rows.append(f"two {colour} squares,{two},{right}")
    path = folder / "pictures.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


class Tower:
    """A planted model: it sees a drawing's colour, and how many shapes it has unless it cannot count."""

    def __init__(self, name: str = "tower", counts: bool = True) -> None:
        self.counts = counts
        options = {"modalities": "image"}
        self.spec = ModelSpec(name, name, "test", "1", "float32", 6, options=options)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        return np.array([self._seen(text) if is_picture(text) else self._read(text) for text in texts])

    def _read(self, text: str) -> Vectors:
        words = text.split()
        colours = [float(name in words) for name in COLOURS]
        return self._vector(colours, 2 if "two" in words else 1)

    def _seen(self, text: str) -> Vectors:
        pixels = np.asarray(open_picture(text), dtype=np.float64)
        is_ink = (pixels < 200).any(axis=2)
        ink = pixels[is_ink].mean(axis=0)
        nearest = min(COLOURS, key=lambda name: float(np.abs(ink - COLOURS[name]).sum()))
        columns = is_ink.any(axis=0).astype(int)
        shapes = int((np.diff(columns, prepend=0) == 1).sum())
        return self._vector([float(name == nearest) for name in COLOURS], shapes)

    def _vector(self, colours: list[float], shapes: int) -> Vectors:
        number = [float(shapes == 1), float(shapes == 2)] if self.counts else [0.5, 0.5]
        return np.array([*colours, *number], dtype=np.float32)


def rates(audit: PairsAudit) -> dict[str, float]:
    passes = audit.measurement.details.passes
    assert passes is not None
    return dict(zip(audit.measurement.items, passes[:, 0].tolist(), strict=True))


def test_planted_towers_pass_what_they_see_and_no_more(tmp_path: Path) -> None:
    """Colours and counts in both directions; a tower that cannot count has a tie on counts alone."""
    path = table(tmp_path)
    seeing, uncounting = evenband.audit([Tower(), Tower("uncounting", counts=False)], path)
    assert set(rates(seeing).values()) == {1.0}
    by_label = rates(uncounting)
    assert {rate for label, rate in by_label.items() if label.startswith("two")} == {0.5}
    assert {rate for label, rate in by_label.items() if not label.startswith("two")} == {1.0}
    assert "one-red-48.png" in by_label
    assert seeing.measurement.details.baselines == {}
    assert any(note.startswith("pictures: ") for note in seeing.notes)


def test_a_picture_is_known_by_its_content(tmp_path: Path) -> None:
    """Another content under the same name is another probe; a file that changes in between is refused."""
    path = table(tmp_path)
    before = read_table(path).load()
    (tmp_path / "other").mkdir()
    again = read_table(table(tmp_path / "other")).load()
    assert again.spec.digest == before.spec.digest
    draw(tmp_path, "red", "one")
    name = tmp_path / "one-red-48.png"
    name.write_bytes((tmp_path / "one-blue-48.png").read_bytes())
    assert read_table(path).load().spec.digest != before.spec.digest
    red = next(text for text in before.pictures if shown_text(text) == "one-red-48.png")
    picture_files._SHELF[red.split(":")[1]] = name
    with pytest.raises(ModelError, match=r"'one-red-48\.png' is not what it was when it was first read"):
        open_picture(red)


def test_bad_pictures_are_named_with_their_rows(tmp_path: Path) -> None:
    """Missing, broken, too large; --skip-bad leaves them out."""
    path = table(tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n half")
    huge = pillow.new("1", (9000, 9000))
    huge.save(tmp_path / "huge.png")
    right = "one-red-48.png"
    lines += [f"a,{right},gone.png", f"b,broken.png,{right}", f"c,huge.png,{right}"]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_table(path)
    message = str(caught.value)
    last = len(lines)
    assert f"'negative' of line {last - 2}, the picture 'gone.png', is no such file" in message
    assert f"'positive' of line {last - 1}, the picture 'broken.png', is no picture that can be" in message
    assert f"line {last}, the picture 'huge.png', is a picture of 9,000 x 9,000 pixels" in message
    kept = read_table(path, skip_bad=True)
    assert len(kept.labels) == last - 4
    assert len(kept.skipped) == 3


def test_texts_that_end_like_a_pictures_name_stay_texts(tmp_path: Path) -> None:
    """Where no such file lies beside the table, and other cells are plain texts."""
    path = tmp_path / "names.csv"
    path.write_text("a,b\nopen logo.png,open logo.jpg\nthe king,the queen\n", encoding="utf-8")
    assert read_table(path).texts[0] == ("open logo.png", "the king")
    path.write_text("anchor,positive,negative\nred,r.png,b.png\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"'positive' of line 2, the picture 'r\.png', is no such file"):
        read_table(path)


def test_a_caption_is_no_variant_of_a_picture(tmp_path: Path) -> None:
    """An INV table with texts on one side and pictures on the other is refused, with the columns to use."""
    draw(tmp_path, "red", "one")
    path = tmp_path / "pairs.csv"
    path.write_text("a,b\none red square,one-red-48.png\n", encoding="utf-8")
    with pytest.raises(InputError, match="expected anchor, positive, negative"):
        read_table(path)


def test_a_model_of_texts_is_not_asked_about_pictures(tmp_path: Path) -> None:
    """It is named as not measured, and nothing is made of the pictures' names."""
    path = table(tmp_path)
    audits = evenband.audit(["toy:words", Tower()], path, out=tmp_path / "run")
    assert [one.measurement.subject.name for one in audits] == ["tower"]
    summary = json.loads((tmp_path / "run/summary.json").read_text(encoding="utf-8"))
    assert "takes no pictures" in summary["unmeasured"][0]["reason"]
    probe = read_table(path).load()
    with pytest.raises(MissingVectorsError, match="'toy:words' takes no pictures"):
        probe.measure(encoders.load("toy:words"))


def test_the_report_holds_the_pictures_and_needs_no_files(tmp_path: Path) -> None:
    """As small data URIs in the measurement; written again after the pictures are gone."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    evenband.audit(Tower(counts=False), table(folder), out=tmp_path / "run")
    page = (tmp_path / "run/report.html").read_text(encoding="utf-8")
    assert page.count('<img src="data:image/png;base64,') >= 12
    assert "two red squares" in page
    assert "picture:" not in page
    for file in folder.iterdir():
        file.unlink()
    evenband.write_report(tmp_path / "run")
    assert (tmp_path / "run/report.html").read_text(encoding="utf-8").count("<img src=") == page.count(
        "<img src="
    )


def test_clip_gives_pictures_and_captions_the_librarys_vectors(
    tmp_path: Path, evenband: Callable[..., Any]
) -> None:
    """To 1e-6, cached by content, on the command line; a random CLIP knows no red from blue."""
    library = pytest.importorskip("sentence_transformers")
    folder = small_models.save_clip(tmp_path / "clip")
    path = table(tmp_path)
    texts = sorted({text for part in read_table(path).texts for text in part})
    encoder = encoders.load(str(folder), device="cpu")
    model = library.SentenceTransformer(str(folder), device="cpu")
    inputs = [open_picture(text) if is_picture(text) else text for text in texts]
    expected = np.stack([model.encode([one])[0] for one in inputs])
    assert np.abs(encoder.encode(texts) - expected).max() < 1e-6 * np.abs(expected).max() + 1e-6
    done = evenband("audit", folder, "-p", path, "-o", tmp_path / "run")
    assert done.code == 0, done.err
    assert "12 labels" in done.out


@pytest.mark.slow
def test_a_small_clip_learns_red_from_blue(tmp_path: Path) -> None:
    """Trained for seconds on drawings of other sizes, it passes; before that it does not."""
    library = pytest.importorskip("sentence_transformers")
    import torch

    path = tmp_path / "pictures.csv"
    names = {colour: draw(tmp_path, colour, "one", 40) for colour in ("red", "blue")}
    rows = [f"a {c} square,{names[c]},{names[o]}" for c, o in (("red", "blue"), ("blue", "red"))]
    rows += [f"{names[c]},a {c} square,a {o} square" for c, o in (("red", "blue"), ("blue", "red"))]
    path.write_text("\n".join(["anchor,positive,negative", *rows]), encoding="utf-8")
    model: Any = library.SentenceTransformer(str(small_models.save_clip(tmp_path / "clip")), device="cpu")
    seen = [pillow.open(tmp_path / draw(tmp_path, c, "one", size)) for size in (32, 56) for c in names]
    captions = [f"a {c} square" for _ in (32, 56) for c in names]
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(60):
        sides = [model(model.preprocess(batch))["sentence_embedding"] for batch in (seen, captions)]
        unit = [torch.nn.functional.normalize(side, dim=1) for side in sides]
        wanted = torch.tensor([[float(a == b) for b in captions] for a in captions])
        loss: Any = ((unit[0] @ unit[1].T - wanted) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
    [audit] = evenband.audit(evenband.wrap(model, "taught"), path)
    assert set(rates(audit).values()) == {1.0}
