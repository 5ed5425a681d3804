"""What a reader of one format says when the content is something else."""

EXPORT_AGAIN = "export the transcript again"


class Misfit(Exception):
    """The content does not fit the format; `read_transcript` adds the file and the format.

    Neither part may hold anything that was said: they end in a message, and messages end up in logs.

    Attributes:
        problem: what is wrong and where, to follow "looks like …, but".
        cure: what to do.
    """

    def __init__(self, problem: str, cure: str = EXPORT_AGAIN) -> None:
        super().__init__(problem)
        self.problem = problem
        self.cure = cure
