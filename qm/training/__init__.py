"""Models from labelled calls: read them, fit, compare. Needs the extra `learn`.

corpus     LabelledCall, read_corpus   calls with the verdicts of a person
"""

from qm.training.corpus import LabelledCall, read_corpus, shipped_corpus

__all__ = ["LabelledCall", "read_corpus", "shipped_corpus"]
