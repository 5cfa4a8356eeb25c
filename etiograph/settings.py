"""Settings, in one place.

Precedence, strongest first: what the call or the command line says, the environment
(``ETIOGRAPH_*``, and ``NEO4J_URI`` and its kin), a TOML file, the defaults here. The TOML file is the
one named by ``--config`` or ``ETIOGRAPH_CONFIG``, else ``etiograph.toml`` in the current folder, else
``etiograph/config.toml`` in the user's configuration folder. Nothing is read at import.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from graph.errors import ConfigError

__all__ = ["Loaded", "Settings", "load"]

_CONFIG_VARIABLE = "ETIOGRAPH_CONFIG"


def _also(name: str, *more: str) -> AliasChoices:
    return AliasChoices(name, f"ETIOGRAPH_{name.upper()}", name.upper(), *more)


class Settings(BaseSettings):
    """What etiograph can be told."""

    model_config = SettingsConfigDict(
        env_prefix="ETIOGRAPH_", extra="forbid", populate_by_name=True, env_ignore_empty=True
    )

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("etiograph", appauthor=False)),
        description="Folder for the default store, job ledgers and prompt history.",
    )
    store: Path | None = Field(
        None, description="Folder of the embedded store; 'store' under home when not set."
    )
    neo4j_uri: str | None = Field(
        None,
        validation_alias=_also("neo4j_uri"),
        description="Use this Neo4j (bolt:// or neo4j://) instead of the embedded store.",
    )
    neo4j_user: str = Field(
        "neo4j",
        validation_alias=_also("neo4j_user", "NEO4J_USERNAME"),
        description="Neo4j user name.",
    )
    neo4j_password: SecretStr | None = Field(
        None, validation_alias=_also("neo4j_password"), description="Neo4j password."
    )
    neo4j_database: str | None = Field(
        None, validation_alias=_also("neo4j_database"), description="Neo4j database name."
    )
    query_max_rows: int = Field(
        10_000, gt=0, description="Rows that a Cypher query may return at most."
    )
    query_timeout: float = Field(30.0, gt=0, description="Seconds that a Cypher query may run.")
    min_belief: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Belief from which a statement is used in KnowledgeGraph.causal_graph.",
    )
    prior_belief: float = Field(
        0.7,
        ge=0,
        le=1,
        description="Belief from which a statement forbids the opposite edge (hard priors).",
    )
    prior_strength: float = Field(
        0.5, ge=0, description="Factor on the graded priors of discovery; 0 turns them off."
    )
    ncbi_url: str = Field(
        "https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
        validation_alias=_also("ncbi_url"),
        description="Where `etiograph ingest --pubmed` and `--pmc` fetch from (E-utilities).",
    )
    ncbi_api_key: SecretStr | None = Field(
        None,
        validation_alias=_also("ncbi_api_key"),
        description="NCBI API key: ten requests a second instead of three.",
    )
    ncbi_email: str | None = Field(
        None,
        validation_alias=_also("ncbi_email"),
        description="Told to NCBI with every request, so that it can write before it blocks.",
    )
    terms: list[Path] = Field(
        default_factory=list,
        description="Terminology packs of your own, laid over the bundled one, the first on top.",
    )
    provider: str | None = Field(
        None,
        description="Language model as VENDOR:MODEL (openai, anthropic, ollama, azure, bedrock); "
        "nothing is sent anywhere while it is not set.",
    )
    provider_url: str | None = Field(
        None, description="Address of the language model's server, instead of the vendor's own."
    )
    provider_key: SecretStr | None = Field(
        None,
        description="Key of the language model; the vendor's own variable (OPENAI_API_KEY, "
        "ANTHROPIC_API_KEY, AZURE_OPENAI_API_KEY) when not set.",
    )
    provider_timeout: float = Field(
        60, gt=0, description="Seconds to wait for one reply of the language model."
    )
    signing_key: Path | None = Field(
        None,
        description="Ed25519 key (PEM) to sign certificates with; the one `etiograph keys make` made "
        "when not set.",
    )
    seed: int = Field(0, ge=0, description="Seed of everything random.")

    @property
    def store_path(self) -> Path:
        """Folder of the embedded store in force."""
        return (self.store or self.home / "store").expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
        )  # load() merges the sources itself, to know where each value is from


@dataclass(frozen=True)
class Loaded:
    """Settings in force and where each value came from."""

    settings: Settings
    origins: dict[str, str]


def _config_file(config: Path | None) -> Path | None:
    named = config or (Path(p) if (p := os.environ.get(_CONFIG_VARIABLE)) else None)
    if named is not None:
        if not named.is_file():
            raise ConfigError("the configuration file does not exist", where=str(named))
        return named
    for candidate in (
        Path("etiograph.toml"),
        Path(platformdirs.user_config_dir("etiograph", appauthor=False)) / "config.toml",
    ):
        if candidate.is_file():
            return candidate
    return None


def _canonical(values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values`` keyed by field name: a source may give an alias instead."""
    names: dict[str, str] = {}
    for field, info in Settings.model_fields.items():
        names[field] = field
        if isinstance(info.validation_alias, AliasChoices):
            names.update({str(a).lower(): field for a in info.validation_alias.choices})
    return {names.get(k.lower(), k): v for k, v in values.items() if v is not None}


def load(config: Path | None = None, **given: Any) -> Loaded:
    """Return the settings in force.

    Args:
        config: a TOML file, instead of the ones looked for.
        given: values that overrule every other source; None means not given.

    Raises:
        ConfigError: naming the setting and the source it came from.
    """
    file = _config_file(config)
    layers: list[tuple[str, dict[str, Any]]] = []
    if file is not None:
        try:
            values = TomlConfigSettingsSource(Settings, file)()
        except (OSError, ValueError) as error:  # tomllib's error is a ValueError
            raise ConfigError(
                f"the configuration file cannot be read: {error}", where=str(file)
            ) from error
        layers.append((str(file), _canonical(values)))
    layers.append(("environment", _canonical(EnvSettingsSource(Settings)())))
    layers.append(("given", _canonical(given)))
    merged: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.model_fields, "default")
    for name, values in layers:
        merged |= values
        origins |= dict.fromkeys(values, name)
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(p) for p in first["loc"])
        known = ", ".join(sorted(Settings.model_fields))
        hint = f"Settings are {known}." if first["type"] == "extra_forbidden" else None
        raise ConfigError(
            f"the setting {field!r} is wrong: {first['msg']}", where=origins.get(field), hint=hint
        ) from None
    return Loaded(settings, origins)
