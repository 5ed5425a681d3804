"""Brand files: YAML → Brand. A second brand is a second file that extends the first."""

from pathlib import Path

import yaml

from qm.brand import Brand, Tone
from qm.call import LANGUAGES, Language
from qm.rubric.documents import Reader, compose, files_in, find
from qm.signals.registry import phrases_problem

_KEYS = {"names", "products", "jargon", "tone"}


def shipped_brands() -> dict[str, Path]:
    """The brands that come with qm, by name."""
    return files_in(Path(__file__).resolve().parents[2] / "scoring_rubrics" / "brands")


def find_brand(name_or_path: str, extra_folder: Path | None = None) -> Path:
    """The file of a brand: a path, or a name among the user's own brands and then the shipped ones.

    Args:
        extra_folder: the user's own forms; brands are in its folder `brands`.

    Raises:
        FormError: there is no such brand; names the nearest.
    """
    own = extra_folder / "brands" if extra_folder else None
    return find(name_or_path, shipped_brands() | (files_in(own) if own and own.is_dir() else {}), "brand")


def load_brand(path: Path, extra_folder: Path | None = None) -> Brand:
    """Read and check a brand.

    Raises:
        FormError: the first mistake, with file, line and cure.
    """
    root = compose(path, lambda name: find_brand(name, extra_folder))
    return _BrandReader(path.name).read(root)


class _BrandReader(Reader):
    def read(self, root: yaml.Node) -> Brand:
        fields = self.fields(root, {"id", "title"}, _KEYS)
        return Brand(
            id=self.name(fields["id"]),
            title=self.text(fields["title"]),
            names=tuple(dict.fromkeys(self.text(each) for each in self.items(fields.get("names")))),
            products=self._phrases(fields.get("products")),
            jargon=self._phrases(fields.get("jargon")),
            tone=self.choice(fields["tone"], Tone, "tone") if "tone" in fields else Tone.EITHER,
        )

    def _phrases(self, node: yaml.Node | None) -> dict[Language, tuple[str, ...]]:
        if node is None:
            return {}
        fields = self.fields(node, set(LANGUAGES))
        phrases = {language: self._list(fields[language]) for language in LANGUAGES}
        problem = phrases_problem(phrases)
        if problem is not None:
            raise self.error(node, "a phrase that cannot be searched for", problem)
        return phrases

    def _list(self, node: yaml.Node) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.text(each) for each in self.items(node)))
