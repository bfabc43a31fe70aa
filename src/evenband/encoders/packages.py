"""Models that come as Python packages, so that an audit needs no model hub; nothing of them is vendored."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from evenband.errors import MissingExtraError, ModelError


@dataclass(frozen=True)
class EmbeddedModel:
    """A published model in one or more Python packages, pinned by a digest.

    Attributes:
        name: the reference's scheme, which is also the extra that installs it.
        about: what the model is, in a few words.
        packages: names of the packages, in the order of their parts.
        sha256: digest of the file of weights or vectors.
        licence: of the weights, by its SPDX name.
        size: of the installed packages, such as ``90 MB``.
        folder: finds what the packages bring, verified.
    """

    name: str
    about: str
    packages: tuple[str, ...]
    sha256: str
    licence: str
    size: str
    folder: Callable[[], Path]

    @property
    def is_installed(self) -> bool:
        """Whether all packages are installed."""
        with contextlib.suppress(metadata.PackageNotFoundError):
            return all(metadata.distribution(package) for package in self.packages)
        return False


def installed_file(package: str, ending: str, name: str) -> Path:
    """Find a file of an installed package, without running the package's code.

    Args:
        package: as its distribution is called.
        ending: what the file's path ends with.
        name: of the model, which is also the extra that installs the package.

    Raises:
        MissingExtraError: if the package is not installed.
        ModelError: if it is, but lacks the file.
    """
    try:
        files = metadata.distribution(package).files or []
    except metadata.PackageNotFoundError:
        raise MissingExtraError(f"The embedded model {name}", name) from None
    for file in files:
        path = Path(str(file.locate()))
        if file.as_posix().endswith(ending) and path.is_file():
            return path
    raise ModelError(f"the package {package} lacks its file {ending}; reinstall it")


def check_digest(path: Path, expected: str, package: str) -> None:
    """Refuse weights or vectors other than the published ones.

    Args:
        path: of the file.
        expected: its SHA-256, in hexadecimal digits.
        package: what to install again if the file is another.

    Raises:
        ModelError: if the file is missing or its SHA-256 differs.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read the weights {path}: {error.strerror}; reinstall {package}") from error
    if digest != expected:
        raise ModelError(
            f"the weights {path} have the SHA-256 {digest}, expected {expected}; they were not loaded, "
            f"reinstall {package} from a source you trust"
        )
