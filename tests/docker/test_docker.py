"""The image and compose files: what can be checked without a container engine."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import yaml
from defusedxml.ElementTree import parse

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), continued lines joined."""
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [(word.upper(), rest) for word, _, rest in (line.partition(" ") for line in lines)]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]  # type: ignore[no-any-return]


def stages(steps: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for word, rest in steps:
        if word == "FROM":
            name = rest.split(" AS ")[1]
            found[name] = [(word, rest)]
        elif name:
            found[name].append((word, rest))
    return found


def chain(found: dict[str, list[tuple[str, str]]], name: str) -> list[tuple[str, str]]:
    """Every step that makes a stage, those of the stages it is built from first."""
    base = found[name][0][1].split(" AS ")[0]
    return (chain(found, base) if base in found else []) + found[name]


def test_instructions_are_known(steps: list[tuple[str, str]]) -> None:
    known = {
        "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "FROM", "HEALTHCHECK", "RUN", "USER", "VOLUME",
        "WORKDIR",
    }  # fmt: skip
    assert {word for word, _ in steps} <= known
    for word, rest in steps:
        if word == "RUN":
            assert shlex.split(rest)


@pytest.mark.parametrize("target", ["light", "full"])
def test_targets_run_without_root_and_with_a_health_check(
    steps: list[tuple[str, str]], target: str
) -> None:
    made = chain(stages(steps), target)
    words = [word for word, _ in made]
    user = [rest for word, rest in made if word == "USER"][-1]
    assert user.split(":")[0].isdigit()
    assert int(user.split(":")[0]) >= 1000
    assert "HEALTHCHECK" in words
    assert ("ENTRYPOINT", '["etiograph"]') in made
    # nothing is installed in what runs: it is copied from the stage that built it
    assert not [rest for word, rest in made if word == "RUN" and "pip" in rest]
    assert made[-1][0] == "COPY"
    assert made[-1][1].startswith("--from=")


def test_light_is_the_default(steps: list[tuple[str, str]]) -> None:
    assert list(stages(steps))[-1] == "light"


def test_python_is_one_we_support(steps: list[tuple[str, str]]) -> None:
    arg = next(rest for word, rest in steps if word == "ARG")
    version = tuple(map(int, arg.partition("=")[2].split(".")))
    least = tuple(map(int, project()["requires-python"].removeprefix(">=").split(".")))
    assert version >= least
    named = f"Programming Language :: Python :: {'.'.join(map(str, version))}"
    assert named in project()["classifiers"]


def test_installs_under_the_constraints_and_extras_exist(steps: list[tuple[str, str]]) -> None:
    installs = [rest for word, rest in steps if word == "RUN" and "pip install" in rest]
    assert installs
    for line in installs:
        assert "-c constraints.txt" in line or "--no-deps" in line
        for extra in re.findall(r"\.\[([a-z,]+)\]", line):
            assert set(extra.split(",")) <= set(project()["optional-dependencies"])


def test_everything_copied_is_in_the_build_context(steps: list[tuple[str, str]]) -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignore
    kept = {line[1:] for line in ignore if line.startswith("!")}
    copied = {
        source
        for word, rest in steps
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert copied == kept
    assert all((ROOT / name).exists() for name in copied)
    with (ROOT / "pyproject.toml").open("rb") as file:
        packages = tomllib.load(file)["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.removesuffix("*") for name in packages} <= copied


def test_compose_has_both_services_with_health_checks(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"neo4j", "app"}
    for service in compose["services"].values():
        assert service["healthcheck"]["test"]
    app = compose["services"]["app"]
    assert app["depends_on"]["neo4j"]["condition"] == "service_healthy"
    assert app["build"]["dockerfile"] == "docker/Dockerfile"
    assert set(compose["volumes"]) == {"neo4j-data", "neo4j-logs", "app-data"}


def test_ports_are_bound_to_loopback(compose: dict[str, Any]) -> None:
    ports = [p for s in compose["services"].values() for p in s.get("ports", [])]
    assert ports
    assert all(p.startswith("127.0.0.1:") for p in ports)


def test_secrets_come_from_the_environment(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if "PASSWORD" in name or "AUTH" in name:
                assert "${NEO4J_PASSWORD:?" in value


def test_app_is_confined(compose: dict[str, Any]) -> None:
    app = compose["services"]["app"]
    assert app["read_only"] is True
    assert app["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in app["security_opt"]


def test_neo4j_is_the_version_that_is_tested(compose: dict[str, Any]) -> None:
    pom = DOCKER / "neo4j" / "pom.xml"
    if not pom.is_file():
        pytest.skip("docker/neo4j/pom.xml is not there")
    root: Element = parse(pom).getroot()
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    found = [
        d.findtext("m:version", "", space)
        for d in root.findall(".//m:dependency", space)
        if d.findtext("m:artifactId", "", space) == "neo4j"
    ]
    properties = {
        e.tag.rpartition("}")[2]: e.text or "" for e in root.findall("m:properties/*", space)
    }
    version = re.sub(r"\$\{(.+?)\}", lambda m: properties[m[1]], found[0])
    image = compose["services"]["neo4j"]["image"]
    series = image.partition(":")[2].removesuffix("-community")
    assert version == series or version.startswith(f"{series}.")


def test_settings_named_in_compose_exist(compose: dict[str, Any]) -> None:
    from etiograph.settings import Settings

    known = {
        str(choice).upper()
        for info in Settings.model_fields.values()
        for choice in getattr(info.validation_alias, "choices", [])
    } | {f"ETIOGRAPH_{name.upper()}" for name in Settings.model_fields}
    assert set(compose["services"]["app"]["environment"]) <= known
