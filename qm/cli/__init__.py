"""The command line: thin, one module a group of commands.

Modules here import nothing heavy at their top, so that `qm --help` answers at once.
"""

import errno
import io
import os
import signal
import sys
from types import FrameType

import click

from qm.cli.calls import calls, rescore, show
from qm.cli.doctor import doctor
from qm.cli.files import score, transcribe
from qm.cli.forms import forms
from qm.cli.install import db
from qm.cli.listen import clip
from qm.cli.process import demo, process
from qm.cli.rendering import say
from qm.errors import FULL, QmError
from qm.logs import log_nothing

STUCK = FULL | {errno.EIO}
"""numbers of an OSError that, without a file name, mean that an open file such as standard output takes no more"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="qm")
def qm() -> None:
    """Turn recorded phone calls into transcripts, scores and the evidence for them."""


for command in (demo, process, calls, show, clip, transcribe, score, rescore, forms, doctor, db):
    qm.add_command(command)


def main() -> None:
    """Run the command line; an error a person can mend is one sentence and exit status 1."""
    log_nothing()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no “ or ● gets a ? in its place
    sys.exit(_run())


def _run() -> int:
    """One command's exit status, after saying what went wrong."""
    try:
        return qm(standalone_mode=False) or 0  # a command's Exit(1) comes back as a value here
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say(f"qm: stopped{_how_to_go_on()}.", err=True)
        return 130
    except QmError as error:
        say(f"qm: {error}", err=True)
        return 1
    except BrokenPipeError:  # whoever read the output has seen enough
        sys.stderr.close()
        return 1
    except OSError as error:
        if error.errno not in STUCK or error.filename is not None:
            raise
        _drop_output()
        say(f"qm: Writing failed: {error.strerror}; free some room, or send the output elsewhere.", err=True)
        return 1


def _how_to_go_on() -> str:
    working = sys.argv[1:2] in (["process"], ["demo"])
    return "; qm process without paths goes on with the calls it has taken in" if working else ""


def _drop_output() -> None:
    """At exit Python would try once more to write what standard output still holds, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(number: int, _frame: FrameType | None) -> None:
    """Leave through the context managers, so that broker and worker end too."""
    raise SystemExit(128 + number)
