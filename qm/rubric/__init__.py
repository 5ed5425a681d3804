"""Evaluation forms and brands: YAML files of people, read into frozen types.

forms      EvaluationForm, Criterion, …   what a form is
brands     load_brand                     a brand's vocabulary
reading    load, find                     YAML → EvaluationForm
documents                                 YAML nodes with lines, and `extends`
"""

from qm.rubric.brands import find_brand, load_brand
from qm.rubric.forms import (
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
    Recipe,
    Rule,
    Section,
    definition_hash,
)
from qm.rubric.reading import DEFAULT_THRESHOLD, find_form, load, models_of, shipped
from qm.rubric.schema import schema

__all__ = [
    "DEFAULT_THRESHOLD",
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
