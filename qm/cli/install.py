"""The database's version: `qm db`."""

import click


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Create the database, or bring it up to date."""
    from qm.install import prepare
    from qm.settings import read_settings

    with prepare(read_settings()) as database:
        click.echo(f"{database.place} is up to date (revision {database.revision()}).")
