"""`python -m qm.cli`: the same as `qm`."""

from qm.cli import main

main()
