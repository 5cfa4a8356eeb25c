from __future__ import annotations

import os
from pathlib import Path

import pytest

from etiograph.settings import Settings, load
from graph.errors import ConfigError


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(("ETIOGRAPH_", "NEO4J_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


def test_each_source_overrules_the_weaker_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert load().settings.seed == 0
    assert load().origins["seed"] == "default"
    user = tmp_path / "config" / "etiograph"
    user.mkdir(parents=True)
    (user / "config.toml").write_text("seed = 1\n")
    assert load().settings.seed == 1
    (tmp_path / "etiograph.toml").write_text("seed = 2\n")
    assert load().settings.seed == 2
    named = tmp_path / "named.toml"
    named.write_text("seed = 3\nquery_timeout = 5\n")
    monkeypatch.setenv("ETIOGRAPH_CONFIG", str(named))
    loaded = load()
    assert (loaded.settings.seed, loaded.settings.query_timeout) == (3, 5.0)
    assert loaded.origins["seed"] == str(named)
    monkeypatch.setenv("ETIOGRAPH_SEED", "4")
    loaded = load()
    assert (loaded.settings.seed, loaded.origins["seed"]) == (4, "environment")
    assert loaded.settings.query_timeout == 5.0
    loaded = load(seed=5)
    assert (loaded.settings.seed, loaded.origins["seed"]) == (5, "given")


@pytest.mark.parametrize("user", ["NEO4J_USER", "NEO4J_USERNAME", "ETIOGRAPH_NEO4J_USER"])
def test_neo4j_has_its_usual_names(monkeypatch: pytest.MonkeyPatch, user: str) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    monkeypatch.setenv(user, "ada")
    monkeypatch.setenv("NEO4J_PASSWORD", "s3cret")
    settings = load().settings
    assert (settings.neo4j_uri, settings.neo4j_user) == ("bolt://127.0.0.1:1", "ada")
    assert settings.neo4j_password is not None
    assert settings.neo4j_password.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings) + settings.model_dump_json()


def test_wrong_values_name_the_setting_and_where_it_came_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ETIOGRAPH_QUERY_MAX_ROWS", "none")
    with pytest.raises(ConfigError, match=r"query_max_rows.*environment"):
        load()
    monkeypatch.delenv("ETIOGRAPH_QUERY_MAX_ROWS")
    file = tmp_path / "x.toml"
    file.write_text("sead = 1\n")
    with pytest.raises(ConfigError, match=r"sead.*x\.toml.*Settings are"):
        load(file)
    file.write_text("seed = = 1\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(file)
    with pytest.raises(ConfigError, match="does not exist"):
        load(tmp_path / "missing.toml")


def test_every_setting_says_what_it_means() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_page_names_every_setting_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = [[c.strip() for c in line.split("|")] for line in page.splitlines() if line[:3] == "| `"]
    told = {row[1].strip("`"): row[3] for row in rows}
    for name, field in Settings.model_fields.items():
        assert name in told, f"docs/configuration.md does not name {name}"
        if isinstance(field.default, (int, float)):
            assert float(told[name]) == field.default, name
