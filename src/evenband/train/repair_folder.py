"""What a repair leaves in its folder, and how its map is put behind a model or over vectors that exist."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from evenband.encoders.postprocessing import PostProcessing, Projection, read_projection
from evenband.errors import InputError, RunError
from evenband.storage import replace_file, why_not_written
from evenband.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MATRIX_FILE, REPAIR_RECORD, MODEL_FOLDER, AUDIT_FOLDER = "matrix.npy", "repair.json", "model", "audit"
"""Names in a repair's folder: the map, how it was learned, the repaired model, the run that judged it."""

CARD_TELLS = "a linear map of its vectors, which evenband learned"
"""Words by which a repaired model's card is known."""

REPAIR_FORMAT = 1
"""Version of the record's fields; fields are added, never renamed."""


@dataclass(frozen=True)
class RepairFolder:
    """The folder of one repair.

    Attributes:
        path: of the folder; it need not exist.
    """

    path: Path

    @property
    def matrix(self) -> Path:
        """The map, float32, to multiply rows of vectors with from the right. Shape: (d, d)."""
        return self.path / MATRIX_FILE

    @property
    def model(self) -> Path:
        """The repaired model, in the format of sentence-transformers."""
        return self.path / MODEL_FOLDER

    @property
    def audit(self) -> Path:
        """Run directory of the audit before and after."""
        return self.path / AUDIT_FOLDER

    def write_matrix(self, matrix: ArrayLike) -> Vectors:
        """Write the map, and return it as it will be read.

        Raises:
            RunError: if the file cannot be written.
        """
        rounded = np.ascontiguousarray(matrix, dtype=np.float32)
        buffer = BytesIO()
        np.save(buffer, rounded, allow_pickle=False)
        self._write(self.matrix, buffer.getvalue())
        return rounded

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write how the map was learned, chosen and judged.

        Raises:
            RunError: if the file cannot be written.
        """
        text = json.dumps({"format": REPAIR_FORMAT, **record}, ensure_ascii=False, indent=1)
        self._write(self.path / REPAIR_RECORD, f"{text}\n".encode())

    def check_free(self, model: Path | None = None) -> None:
        """Refuse a folder in which something that is not a repair's would be replaced.

        Args:
            model: folder or file of the model to repair, where there is one on this machine.

        Raises:
            InputError: naming what is in the way.
        """
        if model is not None:
            own, place = model.resolve(), self.path.resolve()
            if own.is_relative_to(place) or place.is_relative_to(own):
                raise InputError(
                    f"{self.path}: holds the model to repair, or lies in it; give another folder with -o"
                )
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise InputError(f"{self.path}: is a file, expected a folder for the repair")
        if (self.path / REPAIR_RECORD).exists():
            self.read_record()
            self._check_model()
        elif any(self.path.iterdir()):
            raise InputError(
                f"{self.path}: is not empty and holds no repair of evenband; give another folder with -o"
            )

    def _check_model(self) -> None:
        """Refuse a model in the place of the repaired one that no repair wrote."""
        card = self.model / "README.md"
        if self.model.exists() and not (
            card.is_file() and CARD_TELLS in card.read_text(encoding="utf-8", errors="replace")
        ):
            raise InputError(
                f"{self.model}: was not written by `evenband repair`; move it away, or give another folder "
                "with -o"
            )

    def check_same(self, decides: Mapping[str, Any]) -> None:
        """Refuse a folder that holds another repair, whose measurements must not mix with those of this one.

        Args:
            decides: what the repair follows from: plan and model.

        Raises:
            InputError: naming the folder and what differs.
        """
        if not (self.path / REPAIR_RECORD).exists():
            return
        before = self.read_record().get("decides", {})
        differing = [name for name in decides if decides[name] != before.get(name)]
        if differing:
            raise InputError(
                f"{self.path}: holds the repair of another {differing[0]}; repeat its command to go on, or "
                "give another folder with -o"
            )

    def read_record(self) -> dict[str, Any]:
        """Read the record.

        Raises:
            InputError: if the folder is no repair's.
        """
        path = self.path / REPAIR_RECORD
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            record = None
        if not isinstance(record, dict) or "normalize" not in record:
            raise InputError(f"{self.path}: is no repair's folder; expected one that `evenband repair` wrote")
        return record

    def processing(self) -> PostProcessing:
        """Return the map as a post-processing of finished vectors.

        Raises:
            InputError: if the folder is no repair's, or holds no map since none was found.
        """
        record = self.read_record()
        if not self.matrix.is_file():
            raise InputError(f"{self.path}: holds no map, since none was found that helps; nothing to apply")
        projection = read_projection(str(self.path), str(self.matrix))
        return PostProcessing(projection=projection, normalize=True if record["normalize"] else None)

    def _write(self, path: Path, content: bytes) -> None:
        try:
            replace_file(path, content)
        except OSError as error:
            raise RunError(why_not_written(path, error)) from error


def projection_of(matrix: Vectors) -> Projection:
    """Return a map as the projection that a model's reference names. Shape: (d, d)."""
    from evenband.digests import digest_of

    digest = digest_of([list(matrix.shape), matrix.astype("<f4").tobytes().hex()])[:32]
    return Projection(matrix, digest)


def apply_repair(vectors: ArrayLike, folder: str | Path) -> Vectors:
    """Map vectors that were embedded by the unrepaired model, so that nothing is embedded again.

    The result is what the repaired model would give, but for float32's rounding. An index over the vectors is
    to be built again from them.

    Shape: (n, d) -> (n, d) float32.

    Args:
        vectors: of documents or queries, as the model gave them.
        folder: what ``evenband repair -o`` wrote.

    Raises:
        InputError: if the folder is no repair's, or the vectors are not of its model's length or not finite.
    """
    processing = RepairFolder(Path(folder).expanduser()).processing()
    table = np.ascontiguousarray(vectors, dtype=np.float32)
    assert processing.projection is not None
    dim = len(processing.projection.matrix)
    if table.ndim != 2 or table.shape[1] != dim:
        raise InputError(
            f"got vectors of shape {table.shape}, expected (n, {dim}) as the repair's model gives"
        )
    if not np.isfinite(table).all():
        raise InputError("got vectors with NaN or infinity, expected finite numbers")
    return processing.to_floats(table)


def add_map(model: SentenceTransformer, matrix: Vectors, normalize: bool) -> None:
    """Append the map to a model of sentence-transformers as modules of its own; no code of ours is needed.

    Args:
        model: it is changed.
        matrix: shape (d, d), float32.
        normalize: whether to scale the result to length one.
    """
    import torch
    from sentence_transformers.sentence_transformer import modules

    weight = torch.from_numpy(np.ascontiguousarray(matrix.T))
    dense = modules.Dense(
        in_features=matrix.shape[0],
        out_features=matrix.shape[1],
        bias=False,
        activation_function=torch.nn.Identity(),
        init_weight=weight,
    )
    model.append(dense.to(model.device))
    if normalize:
        model.append(modules.Normalize())
