"""What the settings name, opened: the data folder, the database, the forms."""

from collections.abc import Iterable

from qm.errors import FULL, FormError, StorageFull, Unavailable
from qm.rubric import EvaluationForm, find_brand, find_form, load, load_brand
from qm.rubric.reasons import ReasonTree, find_tree, load_tree
from qm.settings import Settings
from qm.store import Database


def prepare(settings: Settings) -> Database:
    """Create the data folder and bring the database up to date; safe to repeat.

    Raises:
        StorageFull, Unavailable: the data folder cannot be made.
        DatabaseUnavailable: the database cannot be reached, or is newer than this qm.
    """
    _make_home(settings)
    database = Database(settings.database)
    database.upgrade()
    return database


def open_database(settings: Settings) -> Database:
    """The database as it is; a fresh SQLite one is made on the way, any other is only checked.

    Raises:
        DatabaseUnavailable: it cannot be reached, or is of another version than this qm.
    """
    if settings.database_url is None and not (settings.home / "qm.sqlite3").exists():
        return prepare(settings)
    database = Database(settings.database)
    database.check()
    return database


def open_reasons(settings: Settings) -> ReasonTree:
    """The contact reasons of the settings.

    Raises:
        FormError: the tree does not exist or cannot be used.
    """
    return load_tree(find_tree(settings.reasons, settings.forms_folder), settings.forms_folder)


def open_forms(settings: Settings, names: Iterable[str] = ()) -> tuple[EvaluationForm, ...]:
    """The forms of these names or files; without any, those that score every call.

    Raises:
        FormError: a form or the brand does not exist or cannot be used, or two forms have the same id.
    """
    brand = load_brand(find_brand(settings.brand, settings.forms_folder), settings.forms_folder)
    forms: dict[str, EvaluationForm] = {}
    for name in dict.fromkeys(names or settings.forms):
        form = load(find_form(name, settings.forms_folder), brand, settings.forms_folder)
        if form.id in forms:
            raise FormError(f"{name}: another form in use has the id '{form.id}' too; rename one, or leave one out")
        forms[form.id] = form
    return tuple(forms.values())


def _make_home(settings: Settings) -> None:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull(f"No space is left for {settings.home}; free some, or set QM_HOME elsewhere.") from error
        raise Unavailable(
            f"{settings.home} cannot be made: {error.strerror}; set QM_HOME to another folder."
        ) from error
