"""The command line. Commands are thin; :mod:`evenband.api` does the work.

Heavy libraries are imported when a command runs, so ``evenband --help`` needs only click.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import traceback
from collections.abc import Sequence

import click

from evenband import __version__
from evenband.cli.ablate import ablate
from evenband.cli.analogy import analogy
from evenband.cli.audit import audit, run
from evenband.cli.canary import canary
from evenband.cli.charset import accept_any_sign
from evenband.cli.check import check
from evenband.cli.compare import compare
from evenband.cli.doctor import doctor
from evenband.cli.embed import embed
from evenband.cli.explain import explain
from evenband.cli.listing import listing
from evenband.cli.new import new
from evenband.cli.parity import parity
from evenband.cli.repair import repair
from evenband.cli.report import report
from evenband.cli.reproduce import reproduce
from evenband.cli.retrieve import retrieve
from evenband.cli.search import search
from evenband.cli.train import train
from evenband.errors import EvenbandError

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="evenband")
@click.option("--debug", is_flag=True, help="Show a traceback when something fails, and what is done inside.")
@click.option("--all-words", is_flag=True, help="Show slurs among the examples, too.")
def evenband(debug: bool, all_words: bool) -> None:
    """Audit text-embedding models for consistent behaviour.

    \b
    evenband audit minilm                 the comma experiment: 10,153 nouns, with a report
    evenband audit MODEL --suite quick    a scorecard of the main probe families
    evenband audit MODEL -p probes.toml   your own minimal pairs
    """  # noqa: D301 (click reads the backspace)


for command in (
    audit,
    run,
    explain,
    ablate,
    compare,
    check,
    parity,
    analogy,
    canary,
    embed,
    search,
    retrieve,
    reproduce,
    train,
    repair,
    report,
    listing,
    new,
    doctor,
):
    evenband.add_command(command)


def _kept(arguments: Sequence[str]) -> str:
    """Return what an interrupted command leaves."""
    if arguments[:1] == ["train"]:
        return "a training goes on from its last checkpoint, if it has written one"
    return "finished measurements are kept"


def main() -> None:
    """Run the command line.

    Exit codes: 0 done, 1 a limit that the user set was broken, 2 bad input or an error (one line),
    130 interrupted.
    """
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument not in ("--debug", "--all-words")]
    accept_any_sign(as_json="--json" in arguments)
    if debug:
        logging.basicConfig(format="%(message)s")
        logging.getLogger("evenband").setLevel(logging.INFO)
    output = sys.stdout
    try:
        status = _run(arguments, all_words="--all-words" in sys.argv)
        sys.stdout.flush()  # here, where a full disk or a closed pipe has an answer
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _fail(_with_help(error), debug)
    except EvenbandError as error:
        _fail(str(error), debug)
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"\ninterrupted; {_kept(arguments)}: repeat the command to continue", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        _discard_output()
        sys.exit(0)
    except SystemExit:  # click answers a closed pipe by replacing standard output, and fails
        if sys.stdout is output:
            raise
        _discard_output()
        sys.exit(0)
    except MemoryError:
        _fail("out of memory; try --sample 1000, or a smaller model", debug)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT) and not error.filename:
            _discard_output()
            _fail("no space left where standard output goes; finished measurements are kept", debug)
        _fail(f"{error.filename or 'the system'}: {error.strerror or error}", debug)


def _run(arguments: list[str], all_words: bool) -> object:
    """Run a command, which shows every word if it is told to."""
    if not all_words:
        return evenband.main(arguments, prog_name="evenband", standalone_mode=False)
    from evenband.unshown_words import every_word

    with every_word():
        return evenband.main(arguments, prog_name="evenband", standalone_mode=False)


def _discard_output() -> None:
    """Send what is left of standard output nowhere, so that Python does not fail on it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _with_help(error: click.ClickException) -> str:
    """Format a usage error: the message and where to find help."""
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    if context is None:
        return message
    return f"{message}{' See' if message.endswith('?') else '; see'} {context.command_path} --help"


def _fail(message: str, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    click.echo(f"error: {' '.join(message.split())}", err=True)
    sys.exit(2)
