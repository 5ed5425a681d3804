"""Who may import whom, and who may do nothing but think. The table is the map of the house."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "qm.errors": set(),
    "qm.logs": set(),
    "qm.settings": {"qm.errors", "qm.call"},
    "qm.call": {"qm.errors"},
    "qm.transcript": {"qm.call"},
    "qm.formats": {"qm.errors", "qm.call", "qm.transcript"},
    "qm.evaluation": {"qm.transcript"},
    "qm.intake": {"qm.errors", "qm.call", "qm.settings"},
    "qm.audio": {"qm.errors", "qm.call"},
    "qm.speech": {"qm.errors", "qm.call", "qm.settings", "qm.transcript", "qm.audio", "qm.demo"},
    "qm.brand": {"qm.call"},
    "qm.signals": {"qm.call", "qm.brand", "qm.transcript", "qm.evaluation"},
    "qm.rubric": {"qm.errors", "qm.call", "qm.brand", "qm.evaluation", "qm.learned", "qm.signals"},
    "qm.measures": {"qm.call", "qm.signals"},
    "qm.scoring": {
        "qm.call",
        "qm.transcript",
        "qm.formats",
        "qm.evaluation",
        "qm.learned",
        "qm.rubric",
        "qm.signals",
    },
    "qm.insight": {"qm.call", "qm.rubric", "qm.signals", "qm.transcript"},
    "qm.learned": {"qm.call", "qm.signals"},
    "qm.training": {
        "qm.errors",
        "qm.call",
        "qm.evaluation",
        "qm.formats",
        "qm.learned",
        "qm.rubric",
        "qm.scoring",
        "qm.signals",
        "qm.transcript",
    },
    "qm.judge": {"qm.call", "qm.errors", "qm.evaluation", "qm.rubric", "qm.settings", "qm.transcript"},
    "qm.assess": {
        "qm.call",
        "qm.evaluation",
        "qm.insight",
        "qm.judge",
        "qm.measures",
        "qm.rubric",
        "qm.scoring",
        "qm.settings",
        "qm.signals",
        "qm.transcript",
    },
    "qm.store": {"qm.errors", "qm.call", "qm.transcript", "qm.evaluation", "qm.insight", "qm.measures"},
    "qm.install": {"qm.errors", "qm.settings", "qm.rubric", "qm.store"},
    "qm.pipeline": {
        "qm.errors",
        "qm.settings",
        "qm.call",
        "qm.evaluation",
        "qm.intake",
        "qm.install",
        "qm.audio",
        "qm.speech",
        "qm.rubric",
        "qm.assess",
        "qm.store",
    },
    "qm.comparison": {"qm.evaluation"},
    "qm.views": {
        "qm.comparison",
        "qm.evaluation",
        "qm.insight",
        "qm.measures",
        "qm.scoring",
        "qm.transcript",
        "qm.store",
    },
    "qm.cli": {
        "qm.call",
        "qm.errors",
        "qm.logs",
        "qm.settings",
        "qm.evaluation",
        "qm.transcript",
        "qm.formats",
        "qm.intake",
        "qm.audio",
        "qm.speech",
        "qm.rubric",
        "qm.scoring",
        "qm.store",
        "qm.install",
        "qm.pipeline",
        "qm.views",
        "qm.demo",
        "qm.assess",
        "qm.comparison",
        "qm.insight",
        "qm.measures",
        "qm.learned",
        "qm.training",
        "workers",
    },
    "qm.demo": set(),
    "workers": {"qm.errors", "qm.logs", "qm.settings", "qm.pipeline", "qm.store"},
}

PURE = (
    "qm.call",
    "qm.brand",
    "qm.transcript",
    "qm.formats",
    "qm.evaluation",
    "qm.signals",
    "qm.measures",
    "qm.insight",
    "qm.scoring",
    # of a room that also reckons with numpy:
    "qm.learned.features",
    # of a room that also speaks to a server:
    "qm.judge.masking",
    "qm.judge.questions",
    "qm.judge.answers",
)
IMPURE_MODULES = {
    *("os", "sys", "io", "time", "random", "socket", "subprocess", "threading", "logging", "tempfile", "shutil"),
    *("urllib", "http", "sqlalchemy", "celery", "redis", "numpy", "av", "faster_whisper", "pydub"),
}
IMPURE_CALLS = {"open", "print", "input", "now", "today", "utcnow", "read_text", "read_bytes", "write_text"}
LANGUAGE_DATA = "qm.signals.lang"
"""reads its own files once, when they are first needed"""


def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name; the training scripts run by hand, elsewhere."""
    found = {}
    for package in ("qm", "workers"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if not name.startswith(("qm.demo.training", "qm.demo.evaluation")):
                found[name] = path
    return found


def room(name: str) -> str:
    """The room of a module: `qm.store.jobs` is in `qm.store`."""
    return name if name == "qm" else ".".join(name.split(".")[: 2 if name.startswith("qm.") else 1])


def imports(path: Path) -> set[str]:
    """Every module that `path` imports, also inside functions and for types."""
    names: set[str] = set()
    known = modules()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            module = node.module or ""
            names |= {f"{module}.{a.name}" if f"{module}.{a.name}" in known else module for a in node.names}
    return names


@pytest.mark.parametrize("name", [name for name in modules() if name != "qm"])
def test_rooms_import_only_what_the_table_allows(name: str) -> None:
    own = room(name)
    used = {room(other) for other in imports(modules()[name]) if other.split(".")[0] in {"qm", "workers"}}
    assert used - {own} <= MAY_IMPORT[own]


def test_the_table_has_no_room_that_is_gone() -> None:
    assert set(MAY_IMPORT) == {room(name) for name in modules()} - {"qm"}


def test_no_two_rooms_import_each_other() -> None:
    pairs = {(a, b) for a, allowed in MAY_IMPORT.items() for b in allowed if a in MAY_IMPORT.get(b, set())}
    assert not pairs


@pytest.mark.parametrize("name", [n for n in modules() if {n, room(n)} & set(PURE) and n != LANGUAGE_DATA])
def test_pure_rooms_do_no_input_or_output(name: str) -> None:
    path = modules()[name]
    assert not {module.split(".")[0] for module in imports(path)} & IMPURE_MODULES
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in IMPURE_CALLS, f"{name}:{node.lineno} calls {called}"


def test_faster_whisper_has_one_room() -> None:
    users = {name for name, path in modules().items() if any(i.startswith("faster_whisper") for i in imports(path))}
    assert {room(name) for name in users} == {"qm.speech"}


def test_the_parent_that_forks_loads_nothing_native() -> None:
    native = ("numpy", "ctranslate2", "onnxruntime", "av", "faster_whisper")
    code = f"import sys, workers.tasks, workers.main; print([m for m in {native} if m in sys.modules])"
    environment = {"QM_BROKER_URL": "redis://127.0.0.1:1", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "name", [n for n, p in modules().items() if p.name == "__init__.py" and "__all__" in p.read_text()]
)
def test_contents_pages_are_sorted(name: str) -> None:
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    pages = [
        [element.value for element in node.value.elts if isinstance(element, ast.Constant)]
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
    ]
    assert pages
    for page in pages:
        assert page == sorted(page, key=lambda n: (not n.isupper(), n[0].islower(), n))
