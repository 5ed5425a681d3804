"""Models from labelled calls: read them, fit, compare. Needs the extra `learn`.

corpus     LabelledCall, read_corpus   calls with their verdicts
fitting    fit                         models of a form
agreement  judged, summarise           how well they agree with labels
noise      misheard, plain             calls as recognisers write them
"""

from qm.training.corpus import LabelledCall, Part, read_corpus, shipped_corpus

__all__ = ["LabelledCall", "Part", "read_corpus", "shipped_corpus"]
