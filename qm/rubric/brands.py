"""Brand files: YAML → Brand. A second brand is a second file that extends the first."""

from pathlib import Path

import yaml

from qm.brand import Brand, Tone
from qm.rubric.documents import Reader, Shelf

BRANDS = Shelf("brand", "brands")
_KEYS = {"names", "products", "jargon", "tone"}


def shipped_brands() -> dict[str, Path]:
    """The brands that come with qm, by name."""
    return BRANDS.shipped()


def find_brand(name_or_path: str, extra_folder: Path | None = None) -> Path:
    """The file of a brand: a path, or a name among the user's own brands and then the shipped ones.

    Args:
        extra_folder: the user's own forms; brands are in its folder `brands`.

    Raises:
        FormError: there is no such brand; names the nearest.
    """
    return BRANDS.find(name_or_path, extra_folder)


def load_brand(path: Path, extra_folder: Path | None = None) -> Brand:
    """Read and check a brand.

    Raises:
        FormError: the first mistake, with file, line and cure.
    """
    return _BrandReader(path.name).read(BRANDS.compose(path, extra_folder))


class _BrandReader(Reader):
    def read(self, root: yaml.Node) -> Brand:
        fields = self.fields(root, {"id", "title"}, _KEYS)
        return Brand(
            id=self.name(fields["id"]),
            title=self.text(fields["title"]),
            names=self.texts(fields.get("names")),
            products=self.phrases(fields.get("products"), may_be_empty=True),
            jargon=self.phrases(fields.get("jargon"), may_be_empty=True),
            tone=self.choice(fields["tone"], Tone, "tone") if "tone" in fields else Tone.EITHER,
        )
