"""Is everything in place? `qm doctor`."""

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(as_json: bool) -> None:
    """Check disk, database, broker, speech model and forms; what is wrong comes with its cure."""
    from qm.cli.rendering import print_json
    from qm.doctor import examine
    from qm.settings import read_settings

    findings = examine(read_settings())
    if as_json:
        print_json([{"part": f.part, "sound": f.sound, "sentence": f.sentence} for f in findings])
    else:
        for finding in findings:
            click.echo(f"{'ok' if finding.sound else 'WRONG':5}  {finding.part:9} {finding.sentence}")
    if not all(finding.sound for finding in findings):
        raise click.exceptions.Exit(1)
