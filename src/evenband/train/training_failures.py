"""Why a training failed, as one line that says how to mend it."""

from __future__ import annotations

import errno
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evenband.encoders.local.failures import damaged_file, reason_of
from evenband.errors import EvenbandError, ModelError, RunError

NO_SPACE = ("no space left on device", "os error 28", "disk quota exceeded", "pytorchstreamwriter failed")
"""Parts of the messages of libraries that cannot write to a full disk."""

NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "cannot allocate memory")
"""Parts of the messages of libraries that get no memory."""


@contextmanager
def told(
    name: str, folder: Path | None, checkpoint: Path | None = None, batch: int | None = None
) -> Iterator[None]:
    """Context manager: what a library raises in a training becomes one line.

    Args:
        name: of the model.
        folder: of the training; ``None`` without one.
        checkpoint: from which it goes on; ``None`` without one.
        batch: examples per step; ``None`` while it is saved.

    Raises:
        ModelError: if the library fails or the memory is too small.
        RunError: if the disk is full, the folder cannot be written, or the checkpoint is damaged.
    """
    try:
        yield
    except EvenbandError:
        raise
    except (Exception, SystemExit) as error:  # code that comes with a model may end the program
        if _says(error, NO_MEMORY) or isinstance(error, MemoryError):
            with_batch = "" if batch is None else f" with a batch of {batch}"
            raise ModelError(
                f"out of memory{with_batch}; try a smaller --batch, --mini-batch, "
                "--gradient-checkpointing or --bf16"
            ) from error
        again = "; then repeat the command, which goes on from the last checkpoint" if folder else ""
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if full or _says(error, NO_SPACE):
            raise RunError(f"{folder or 'the folder'}: the disk is full; make room{again}") from error
        if checkpoint is not None and (damage := damage_of(checkpoint)):
            raise RunError(
                f"{checkpoint} is damaged ({damage}); remove that folder and repeat the command, which goes "
                "on from the checkpoint before, or from the start"
            ) from error
        if isinstance(error, OSError) and folder is not None:
            raise RunError(f"{folder}: {reason_of(error)}{again}") from error
        raise ModelError(f"model {name!r} failed in training: {reason_of(error)}") from error


def damage_of(checkpoint: Path) -> str:
    """Return which file of a checkpoint is damaged; empty if none is seen to be."""
    if damage := damaged_file(checkpoint):
        return damage.strip(" ()")
    for path in sorted(checkpoint.rglob("*")):
        if path.suffix in (".pt", ".pth", ".bin"):
            try:
                with zipfile.ZipFile(path) as archive:
                    broken = archive.testzip()
            except (OSError, zipfile.BadZipFile) as error:
                return f"{path.name!r}: {reason_of(error)}"
            if broken is not None:
                return f"{path.name!r}: its part {broken} is not what was written"
    return ""


def _says(error: BaseException, words: tuple[str, ...]) -> bool:
    message = str(error).lower()
    return any(word in message for word in words)
