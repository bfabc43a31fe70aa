"""Questions of the standard format: ``: section`` lines, and ``a b c d`` for a is to b as c is to d."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evenband.errors import InputError

BAD_LINES_SHOWN = 5

SIGNS = (-1, 1, 1)
"""Of the words a, b and c: the answer is near to b - a + c."""


@dataclass(frozen=True)
class Question:
    """a is to b as c is to d, where d is the answer.

    Attributes:
        section: that the file lists it under; empty without sections.
        words: a, b and c.
        answer: d.
    """

    section: str
    words: tuple[str, str, str]
    answer: str

    def __str__(self) -> str:
        a, b, c = self.words
        return f"{a} : {b} = {c} : {self.answer}"


def read_questions(path: Path) -> list[Question]:
    """Read a file such as ``questions-words.txt``; a question that is repeated is read once.

    Raises:
        InputError: if it cannot be read, or naming the lines that are not questions.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise InputError(f"{path} is not UTF-8: byte {error.start} is {byte:#04x}") from None
    except OSError as error:
        raise InputError(f"cannot read the questions {path}: {error.strerror}") from error
    section, bad = "", []
    questions: dict[tuple[str, ...], Question] = {}
    for number, line in enumerate(lines, start=1):
        if line.startswith(":"):
            section = line[1:].strip()
        elif line.strip():
            words = line.split("\t") if line.count("\t") == 3 else line.split()
            words = [word.strip() for word in words]
            if len(words) != 4 or not all(words) or words[3] in words[:3]:
                bad.append(f"line {number} is {line.strip()[:60]!r}")
                continue
            question = Question(section, (words[0], words[1], words[2]), words[3])
            questions.setdefault(tuple(words), question)
    if bad:
        rest = f" and {len(bad) - BAD_LINES_SHOWN:,} more" if len(bad) > BAD_LINES_SHOWN else ""
        raise InputError(
            f"{path}: {'; '.join(bad[:BAD_LINES_SHOWN])}{rest}; expected ': section' or four words, "
            "as in 'man king woman queen', the answer not among the others"
        )
    if not questions:
        raise InputError(f"{path} holds no questions, expected four words a line")
    return list(questions.values())
