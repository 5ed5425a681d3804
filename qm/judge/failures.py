"""Why there are no answers at all.

    Failed            for good: a wrong address or key, a reply that is none, a call that is too long
    ├── Passing       perhaps over in a moment: asked again
    └── Refused       the server will not have the request as it is: asked once more, plainly

Nobody outside this package sees them: a report has their sentence, which holds no words of the call, key or query.
"""

from qm.errors import QmError


class Failed(QmError):
    """There will be no answers; `str` is the sentence of the report."""


class Passing(Failed):
    """A failure that may be over in a moment.

    Attributes:
        pause: seconds that the server asks to wait.
    """

    def __init__(self, sentence: str, pause: float = 0.0) -> None:
        super().__init__(sentence)
        self.pause = pause


class Refused(Failed):
    """The server will not have the request as it is."""
