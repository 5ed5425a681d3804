"""Many ids in one query, a part at a time: both databases limit the number of parameters."""

from collections.abc import Collection, Iterator, Sequence

SIZE = 500


def chunks(ids: Collection[str]) -> Iterator[Sequence[str]]:
    """The ids in their order, at most `SIZE` at once."""
    whole = list(ids)
    return (whole[at : at + SIZE] for at in range(0, len(whole), SIZE))
