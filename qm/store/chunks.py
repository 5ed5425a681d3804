"""Many ids in one query, a part at a time: both databases limit the number of parameters."""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

SIZE = 500

Id = TypeVar("Id", int, str)


def chunks(ids: Collection[Id]) -> Iterator[Sequence[Id]]:
    """The ids in their order, at most `SIZE` at once."""
    whole = list(ids)
    return (whole[at : at + SIZE] for at in range(0, len(whole), SIZE))
