"""All settings of one installation: environment (`QM_*`) over `qm.toml` over defaults.

Read once where a program starts and passed on; there is no global instance.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from qm.errors import SettingsError


def default_home() -> Path:
    """`$XDG_DATA_HOME/qm`, else `~/.local/share/qm`."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "qm"


def processors() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """One installation. Every field is `QM_<NAME>` in the environment and `<name>` in `qm.toml`."""

    model_config = SettingsConfigDict(env_prefix="QM_", extra="forbid")

    home: Path = Field(default_factory=default_home)
    """the data folder: database, recordings, the embedded Redis"""
    database_url: str | None = None
    """`postgresql://…`; unset: SQLite in the data folder"""
    broker_url: str | None = None
    """`redis://…`; unset: an embedded Redis in the data folder"""
    model: str = "demo"
    """`demo` (bundled), a size such as `small` or `large-v3-turbo`, or a directory"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str = "int8"
    threads: int = Field(default=1, ge=1)
    """of recognition, per worker process"""
    beam_size: int = Field(default=1, ge=1)
    workers: int = Field(default_factory=processors, ge=1)
    """processes of the embedded worker"""
    lease_seconds: float = Field(default=60.0, gt=0)
    """a worker that is silent for this long has lost its job"""
    forms: tuple[str, ...] = ("brand_values", "resolution")
    """which evaluation forms score every call"""
    forms_folder: Path | None = None
    """own forms; they go before the shipped ones of the same name"""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, toml_file=settings_file())
        return init_settings, env_settings, file

    @property
    def database(self) -> str:
        """The database's address, in use."""
        return self.database_url or f"sqlite:///{self.home / 'qm.sqlite3'}"

    @property
    def archive(self) -> Path:
        """Where accepted recordings are kept."""
        return self.home / "recordings"


def settings_file() -> Path:
    """`$QM_CONFIG`, else `qm.toml` in the data folder."""
    home = Path(os.environ.get("QM_HOME") or default_home())
    return Path(os.environ.get("QM_CONFIG") or home / "qm.toml")


def read_settings() -> Settings:
    """The settings of this environment.

    Raises:
        SettingsError: a value is wrong or a key unknown; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"The setting QM_{name.upper()} ({name} in {settings_file()}) is wrong: {first['msg']}."
        ) from None
    except ValueError as error:  # tomllib's error is one, and names the line
        raise SettingsError(f"{settings_file()} cannot be read: {error}.") from None
