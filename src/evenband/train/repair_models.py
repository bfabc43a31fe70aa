"""A model with a repair's map behind it: as a reference, as an encoder, and saved as a model of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

from evenband import encoders
from evenband.encoders import Settings, VariantEncoder
from evenband.encoders.local.loading import quiet
from evenband.encoders.postprocessing import PostProcessing
from evenband.encoders.references import parse
from evenband.encoders.trainable import EMBEDDED_FOLDERS, open_trainable
from evenband.errors import InputError, RunError
from evenband.storage import scratch_folder, why_not_written
from evenband.train.repair_folder import (
    CARD_TELLS,
    MATRIX_FILE,
    REPAIR_RECORD,
    RepairFolder,
    add_map,
    projection_of,
)
from evenband.types import Encoder, Vectors

REPAIRED_CARD = """---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
---
# {name}, repaired

The model {name} with one more module: {tells} from pairs of
texts. It loads in sentence-transformers like any other. `{record}`, in the folder above, says how the map
was learned and chosen, what it gained and what it cost. Its vectors are not those of {name}: map a stored
corpus with `evenband.train.apply_repair`, or embed it again.
"""


def check_can_be_repaired(ref: str) -> None:
    """Refuse a reference with options that change vectors after what a map would be learned from.

    Raises:
        InputError: naming the option.
    """
    reference = parse(ref, encoders.REGISTRY)
    for option in ("project", "quantize"):
        if option in reference.options:
            raise InputError(
                f"model {ref!r}: a repair's map stands in place of {option}=; leave that option out"
            )


def place_of(ref: str) -> Path | None:
    """Return the folder or file of a model's reference; ``None`` where it is none on this machine.

    Raises:
        InputError: if there is no such model.
    """
    reference = parse(ref, encoders.REGISTRY)
    if reference.is_url or not reference.argument:
        return None
    place = Path(reference.argument).expanduser()
    return place if place.exists() else None


def repaired_reference(ref: str, matrix: Path, normalize: bool) -> str:
    """Return the reference of a model with the map of a file behind it, under a name of its own.

    Args:
        ref: of the model.
        matrix: file of the map.
        normalize: whether the model scales its vectors to length one.
    """
    reference = parse(ref, encoders.REGISTRY)
    name = repaired_name(reference.name)
    changed = reference.replace_option("project", str(matrix))
    if normalize:
        changed = changed.replace_option("normalize", "true")
    text = changed.text.removeprefix(f"{reference.label}=") if reference.label else changed.text
    return encoders.with_name(text, name)


def repaired_name(name: str) -> str:
    """Return the name of a repaired model in tables and files."""
    return f"{name}-repaired"


def repaired_encoder(encoder: Encoder, matrix: Vectors, normalize: bool) -> Encoder:
    """Return an encoder of the user's own with the map behind it. Shape: matrix (d, d)."""
    processing = PostProcessing(projection=projection_of(matrix), normalize=True if normalize else None)
    spec = encoder.spec
    return VariantEncoder(encoder, processing, f"{spec.ref}?project={MATRIX_FILE}", repaired_name(spec.name))


def save_repaired(
    ref: str, matrix: Vectors, normalize: bool, folder: RepairFolder, trust: bool
) -> Path | None:
    """Save a local model with the map as one more module; ``None`` for a model that is not a local one.

    Args:
        ref: of the model.
        matrix: of the map. Shape: (d, d).
        normalize: whether to scale the results to length one.
        folder: of the repair.
        trust: run code that comes with the model.

    Raises:
        ModelError: if the model cannot be loaded.
        RunError: if the folder cannot be written.
    """
    reference = parse(ref, encoders.REGISTRY)
    if reference.options or (reference.scheme and reference.scheme not in EMBEDDED_FOLDERS):
        return None
    with quiet():
        model = open_trainable(reference, Settings(trust_remote_code=trust)).model
        add_map(model, matrix, normalize)
        try:
            with scratch_folder(folder.path) as scratch:
                model.save_pretrained(str(scratch), create_model_card=False)
                card = REPAIRED_CARD.format(name=reference.name, tells=CARD_TELLS, record=REPAIR_RECORD)
                (scratch / "README.md").write_text(card, encoding="utf-8")
                shutil.rmtree(folder.model, ignore_errors=True)
                scratch.rename(folder.model)
                folder.model.chmod(0o755)
        except OSError as error:
            raise RunError(why_not_written(folder.model, error)) from error
    return folder.model
