"""All settings of one installation: environment (`QM_*`) over `qm.toml` over defaults.

Read once where a program starts and passed on; there is no global instance.
"""

import difflib
import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
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


def _expanded(value: object) -> object:
    """A path as people write it: `~` is the home folder."""
    return Path(value).expanduser() if isinstance(value, str | Path) else value


def _named(value: object) -> object:
    """Names as people write them in the environment: with commas between."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _readable(value: str) -> str:
    """Text that has an encoding; the environment may hold other bytes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("it is not UTF-8 text") from None
    return value


def _web_address(value: str) -> str:
    """An address without user and password. What is wrong with it is said without repeating it."""
    try:
        parts = urlsplit(value)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none, a broken IPv6 address; the message would repeat them
        known = False
    if not known or not value.isprintable() or " " in value:
        raise ValueError("write a web address such as http://localhost:8000/v1")
    if "@" in parts.netloc:
        raise ValueError("leave user and password out of the address; a key goes in QM_JUDGE_KEY")
    return value


def _header_value(value: SecretStr) -> SecretStr:
    """A key that can stand in a header; without the line's end that comes with a key from a file."""
    key = value.get_secret_value().strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("a key has letters, digits and signs only")
    return SecretStr(key)


Folder = Annotated[Path, BeforeValidator(_expanded)]
Readable = Annotated[str, AfterValidator(_readable)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Key = Annotated[SecretStr, AfterValidator(_header_value)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_named), Field(min_length=1)]


_LIST = "the README lists them."


class Settings(BaseSettings):
    """One installation. Every field is `QM_<NAME>` in the environment and `<name>` in `qm.toml`."""

    model_config = SettingsConfigDict(env_prefix="QM_", env_ignore_empty=True, extra="forbid")

    home: Folder = Field(default_factory=default_home)
    """the data folder: database, recordings, the embedded Redis"""
    database_url: str | None = None
    """`postgresql://…`; unset: SQLite in the data folder"""
    broker_url: str | None = None
    """`redis://…`; unset: an embedded Redis in the data folder"""
    model: str = "demo"
    """`demo` (bundled), a size such as `small` or `large-v3-turbo`, or a directory"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str = "int8"
    threads: int = Field(default=1, ge=1, le=256)
    """of recognition, per worker process"""
    beam_size: int = Field(default=1, ge=1, le=32)
    hotwords: Readable = ""
    """names and products that recognition should expect, with spaces between"""
    workers: int = Field(default_factory=processors, ge=1, le=1024)
    """processes of the embedded worker"""
    lease_seconds: float = Field(default=60.0, gt=0, le=86_400)
    """a worker that is silent for this long has lost its job"""
    forms: Names = ("brand_values", "resolution")
    """which evaluation forms score every call"""
    forms_folder: Folder | None = None
    """own forms, brands in its folder `brands`, contact reasons in `reasons`; they go before the shipped ones of the
    same name"""
    brand: str = "general"
    """whose names, products, jargon and tone the forms look for: the name of a brand, or a file"""
    reasons: str = "general"
    """tree of contact reasons: its name, or a file"""
    language: Literal["nl", "en"] = "en"
    """of the scorecards: titles, reasons, coaching tips"""
    judge_url: WebAddress | None = None
    """an OpenAI-compatible server, `http://localhost:8000/v1`; unset: no judge model, and nothing leaves the machine"""
    judge_model: Readable = ""
    """the model's name on that server"""
    judge_key: Key | None = None
    """sent as a bearer token, and nowhere else"""
    judge_timeout: float = Field(default=30.0, gt=0, le=600)
    """seconds for one request"""
    judge_retries: int = Field(default=1, ge=0, le=5)
    """new attempts when the server is busy, broken or out of reach"""
    judge_budget_seconds: float = Field(default=60.0, gt=0, le=3600)
    """for one call and form, all attempts and pauses together"""
    judge_max_words: int = Field(default=8000, ge=1, le=100_000)
    """longer calls are not sent, and judged by the rules alone"""

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
        return self.database_url or f"sqlite:///{quote(str(self.home / 'qm.sqlite3'))}"

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
        SettingsError: a value is wrong, a name unknown, or a file or folder missing; the message names it.
    """
    _refuse_unknown()
    try:
        if "QM_CONFIG" in os.environ and not settings_file().is_file():
            raise SettingsError(f"QM_CONFIG names {settings_file()}, which is not a file.")
        settings = _read()
        if settings.forms_folder is not None and not settings.forms_folder.is_dir():
            raise SettingsError(f"QM_FORMS_FOLDER names {settings.forms_folder}, which is not a folder.")
        if settings.judge_url is not None and not settings.judge_model:
            raise SettingsError("QM_JUDGE_URL names a server and no model; name one in QM_JUDGE_MODEL.")
    except OSError as error:  # a name that is too long, or a place that may not be looked into
        raise SettingsError(f"{error.filename} cannot be read: {error.strerror}; choose another place.") from None
    return settings


def _refuse_unknown() -> None:
    known = {"QM_CONFIG", *(f"QM_{name.upper()}" for name in Settings.model_fields)}
    for name in sorted(set(filter(lambda name: name.startswith("QM_"), os.environ)) - known):
        near = difflib.get_close_matches(name, known, 1)
        raise SettingsError(f"There is no setting {name}; " + (f"did you mean {near[0]}?" if near else _LIST))


def _read() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        where = f"QM_{name.upper()} ({name} in {settings_file()})"
        if first["type"] == "extra_forbidden":
            raise SettingsError(f"There is no setting {where}; {_LIST}") from None
        raise SettingsError(f"The setting {where} is wrong: {first['msg']}.") from None
    except ValueError as error:  # tomllib's error is one, and names the line
        raise SettingsError(f"{settings_file()} cannot be read: {error}.") from None
