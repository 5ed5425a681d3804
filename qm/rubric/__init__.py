"""Evaluation forms and brands: YAML files of people, read into frozen types.

forms      EvaluationForm, Criterion, …   what a form is
brands     load_brand                     a brand's vocabulary
reading    load, find_form                YAML → EvaluationForm
reasons    load_tree                      YAML → ReasonTree
documents  Shelf, Reader                  which files there are; YAML nodes with lines, and `extends`
schema     schema                         JSON Schema of forms, for editors
"""

from qm.rubric.brands import find_brand, load_brand
from qm.rubric.forms import (
    Answer,
    AutoFailRule,
    Case,
    Combination,
    Combine,
    Criterion,
    Decision,
    Definition,
    EvaluationForm,
    Example,
    Findings,
    JudgeUse,
    OutcomeRules,
    Place,
    Recipe,
    Rule,
    Section,
    definition_hash,
)
from qm.rubric.reading import DEFAULT_THRESHOLD, find_form, load, models_of, shipped
from qm.rubric.schema import schema

__all__ = [
    "DEFAULT_THRESHOLD",
    "Answer",
    "AutoFailRule",
    "Case",
    "Combination",
    "Combine",
    "Criterion",
    "Decision",
    "Definition",
    "EvaluationForm",
    "Example",
    "Findings",
    "JudgeUse",
    "OutcomeRules",
    "Place",
    "Recipe",
    "Rule",
    "Section",
    "definition_hash",
    "find_brand",
    "find_form",
    "load",
    "load_brand",
    "models_of",
    "schema",
    "shipped",
]
