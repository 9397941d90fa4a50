"""All settings, read once into one frozen object, each with where it came from. Secrets never show.

Knows nothing of what the values are used for. Names and defaults: contract.md, "Workspace and settings".
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock

from records import keys as rings
from records.errors import WrongUsage
from records.keys import KeyRing
from records.map_settings import MapSettings, map_lines, read_map_settings
from records.signing import Signer
from records.workspace import Workspace

DEFAULT_HOME = "handa-home"
_LONGEST_NAME = 40
_DRIVER = "postgresql+psycopg"
_URL_ADVICE = "写法：HANDA_DATABASE_URL=postgresql+psycopg://用户:口令@主机:5432/库名"


class Origin(StrEnum):
    """Where a setting's value came from."""

    DEFAULT = "default"
    ENV = "env"
    ARGUMENT = "argument"


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of ``handa settings``: what is shown is already masked."""

    name: str
    shown: str
    origin: Origin
    meaning: str


@dataclass(slots=True)
class _Loaded:
    """The ring, read at most once a process. Not carried to worker processes: they read it themselves."""

    ring: KeyRing | None = None
    lock: Lock = field(default_factory=Lock)

    def __reduce__(self) -> tuple[type[_Loaded], tuple[()]]:
        return _Loaded, ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What was set. ``database_url`` None means the embedded server in the workspace."""

    home: Path
    database_url: str | None = field(default=None, repr=False)
    keys_source: str = ""
    keys_text: str = field(default="", repr=False)
    """The content of the variable that ``env:NAME`` names: read once, with everything else."""
    actor: str = ""
    """The named person at the keys, for the audit chain; '' = only the system's user is known."""
    address_model: Path | None = None
    """A user's own address tagger (``handa models train address``); None means the shipped one."""
    maps: MapSettings = field(default_factory=MapSettings)
    """Outside map services; none unless somebody sets a key."""
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False)
    _loaded: _Loaded = field(default_factory=_Loaded, repr=False, compare=False)

    @property
    def workspace(self) -> Workspace:
        """The folders below ``home``."""
        return Workspace(self.home)

    @property
    def keys_file(self) -> Path | None:
        """The file of the key ring, or None when keys come from elsewhere."""
        if not self.keys_source:
            return self.workspace.keys_file
        if self.keys_source.startswith(("env:", "command:")):
            return None
        return Path(self.keys_source.removeprefix("file:")).expanduser()

    def keys(self) -> KeyRing:
        """The key ring. A workspace that has never had data gets a fresh one in its own file.

        Raises:
            WrongUsage: absent (where data exist already), damaged, or readable by others.
        """
        with self._loaded.lock:
            if self._loaded.ring is None:
                self._loaded.ring = self._read_keys()
            return self._loaded.ring

    def _read_keys(self) -> KeyRing:
        if self.keys_source.startswith("env:"):
            name = self.keys_source.removeprefix("env:")
            if not self.keys_text:
                raise WrongUsage(f"HANDA_KEYS 指向环境变量 {name}，但它是空的", "请把密钥（JSON 或其 base64）放进这个变量。", code="E-KEYS")
            return rings.parse_ring(self.keys_text.encode(), f"环境变量 {name}")
        if self.keys_source.startswith("command:"):
            return rings.read_ring_command(self.keys_source.removeprefix("command:"))
        path = self.keys_file
        assert path is not None
        # A ring is made only for the default place of a workspace without data: a mistyped path or a lost file beside
        # an existing database must never be answered with new keys that open nothing.
        if self.keys_source or path.exists() or (self.workspace.server / "cluster.json").exists():
            return rings.read_ring_file(path)
        self.workspace.create()
        return rings.create_ring_file(path)

    def rotate_keys(self) -> KeyRing:
        """Add a new active data key to the ring's file; other sources rotate where they are kept.

        Raises:
            WrongUsage: the ring does not come from a file.
        """
        path = self.keys_file
        if path is None:
            raise WrongUsage("密钥不在文件里，不能由本程序轮换", "请在密钥管理服务里加一把新的数据密钥并设为 active。", code="E-KEYS")
        self.keys()
        with self._loaded.lock:
            self._loaded.ring = rings.rotate_ring_file(path)
            return self._loaded.ring

    def signer(self) -> Signer:
        """The house's Ed25519 signer."""
        return Signer(self.keys())

    def table(self) -> tuple[Setting, ...]:
        """Every setting for ``handa settings``, secrets masked."""
        database = self.database_url and _without_password(self.database_url)
        keys = self.keys_source
        if keys.startswith("command:"):
            keys = "command:" + (keys.removeprefix("command:").split() or [""])[0] + " …"
        return (
            self._setting("HANDA_HOME", str(self.home), "工作区：文件、密钥与内置数据库"),
            self._setting("HANDA_DATABASE_URL", database or "（内置 PostgreSQL）", "PostgreSQL 15 及以上的连接地址"),
            self._setting("HANDA_KEYS", keys or str(self.keys_file), "数据加密密钥的来源；丢失密钥等于丢失数据"),
            self._setting("HANDA_ACTOR", self.actor or "（未设置，审计链只记系统用户）", "经办人姓名，写入审计链；也可在命令中写 --actor 姓名"),
            self._setting("HANDA_ADDRESS_MODEL", str(self.address_model or "（随附）"), "解析地址用的模型：自己训练的，或随附的"),
            *(self._setting(line.name, line.shown, line.meaning) for line in map_lines(self.maps)),
        )

    def _setting(self, name: str, shown: str, meaning: str) -> Setting:
        return Setting(name, shown, self.origins.get(name, Origin.DEFAULT), meaning)


# SQLAlchemy takes longer to import than everything else that a command without a database needs.
def _without_password(url: str) -> str:
    from sqlalchemy.engine import make_url  # noqa: PLC0415

    return make_url(url).render_as_string(hide_password=True)


def _database_url(text: str) -> str:
    from sqlalchemy.engine import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(text)
        if url.drivername not in ("postgres", "postgresql", _DRIVER):
            raise ArgumentError(url.drivername)
    except (ArgumentError, ValueError) as fault:
        # The text is not repeated: it may hold a password.
        raise WrongUsage("HANDA_DATABASE_URL 不是 PostgreSQL 的连接地址", _URL_ADVICE) from fault
    return url.set(drivername=_DRIVER).render_as_string(hide_password=False)


def person(text: str) -> str:
    """A person's name as the audit chain keeps it; '' stays ''.

    Raises:
        WrongUsage: it can't be a name.
    """
    name = text.strip()
    if len(name) > _LONGEST_NAME or any(not (letter.isalnum() or letter in "·- .") for letter in name):
        raise WrongUsage(f"经办人姓名“{name[:_LONGEST_NAME]}”无法使用", f"请写姓名或工号，不超过 {_LONGEST_NAME} 个字，不含斜线等符号。")
    return name


def load_settings(home: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """Read every setting once.

    Args:
        home: ``--home``; wins over ``HANDA_HOME``.
        env: the environment.

    Raises:
        WrongUsage: a value that can't be used.
    """
    origins: dict[str, Origin] = {}

    def value(name: str) -> str:
        text = env.get(name, "").strip()
        origins[name] = Origin.ENV if text else Origin.DEFAULT
        return text

    home_text = value("HANDA_HOME")
    if home is not None:
        origins["HANDA_HOME"] = Origin.ARGUMENT
    place = home if home is not None else Path(home_text or DEFAULT_HOME)
    url = value("HANDA_DATABASE_URL")
    source = value("HANDA_KEYS")
    actor = person(value("HANDA_ACTOR"))
    model = value("HANDA_ADDRESS_MODEL")
    own_model = Workspace(place.expanduser().absolute()).address_model_file
    keys_text = env.get(source.removeprefix("env:"), "") if source.startswith("env:") else ""
    return Settings(
        home=place.expanduser().absolute(),
        database_url=_database_url(url) if url else None,
        keys_source=source,
        keys_text=keys_text,
        actor=actor,
        address_model=Path(model).expanduser().absolute() if model else own_model if own_model.is_file() else None,
        maps=read_map_settings(value),
        origins=origins,
    )
