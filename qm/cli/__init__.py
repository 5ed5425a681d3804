"""The command line: thin, one module a group of commands.

Modules here import nothing heavy at their top, so that `qm --help` answers at once.
"""

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
from qm.errors import QmError
from qm.logs import log_nothing


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
    try:
        sys.exit(qm(standalone_mode=False))  # a command's Exit(1) comes back as a value here
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("qm: stopped.", err=True)
        sys.exit(130)
    except QmError as error:
        click.echo(f"qm: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # whoever read the output has seen enough
        sys.stderr.close()
        sys.exit(1)


def _end(number: int, _frame: FrameType | None) -> None:
    """Leave through the context managers, so that broker and worker end too."""
    raise SystemExit(128 + number)
