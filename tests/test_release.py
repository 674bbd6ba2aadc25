"""What a release needs: one version, a changelog, workflows that can be read, a paper that cites.

These are tests of the repository.  Where its files are not beside the package, they are skipped.
"""

import datetime
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAPER = ROOT / "visualizations" / "site" / "paper"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = [
    file
    for file in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    if file.stem != "config"
]
SETTINGS = [
    ROOT / ".pre-commit-config.yaml",
    ROOT / "CITATION.cff",
    ROOT / ".github/dependabot.yml",
]
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]  # Keep a Changelog 1.1.0
# Hosts of package registries, in parts, because this file is searched too.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        *(("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"), ("npmjs", "com")),
        *(("crates", "io"), ("conda", "anaconda"), ("deb", "debian"), ("proxy", "golang")),
    )
]

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not in a clone")


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def read(file):
    return yaml.safe_load(file.read_text())


def sections():
    """The changelog's versions, each with its date and text."""
    text = (ROOT / "CHANGELOG.md").read_text()
    parts = re.split(r"^## \[([^\]]+)\](?: - (\S+))?$", text, flags=re.MULTILINE)[1:]
    return list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))


def files_of_the_repository():
    """All files that are tracked, or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name in listed.stdout.split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def test_the_versions_agree():
    version, cited = project()["version"], read(ROOT / "CITATION.cff")
    (newest, date, _) = next(section for section in sections() if section[0] != "Unreleased")
    assert cited["version"] == newest == version
    assert str(cited["date-released"]) == date


def test_the_changelog_keeps_its_form():
    named = sections()
    versions = [version for version, _, _ in named if version != "Unreleased"]
    assert [version for version, _, _ in named][-len(versions) :] == versions, "Unreleased is first"
    numbers = [tuple(map(int, version.split("."))) for version in versions]
    assert numbers == sorted(set(numbers), reverse=True)
    dates = [datetime.date.fromisoformat(date) for version, date, _ in named if date is not None]
    assert len(dates) == len(versions)
    assert dates == sorted(dates, reverse=True)
    for version, _, text in named:
        kinds = re.findall(r"^### (.+)$", text, flags=re.MULTILINE)
        assert kinds == [kind for kind in KINDS if kind in kinds], version


@pytest.mark.parametrize("file", [*WORKFLOWS, *FORMS, *SETTINGS], ids=lambda file: file.name)
def test_a_file_of_settings_can_be_read(file):
    assert isinstance(read(file), dict)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_has_few_rights_and_pinned_actions(file):
    workflow = read(file)
    assert workflow[True], "when it runs"  # YAML takes `on` for a truth value
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            if "uses" in step:
                assert re.fullmatch(r"[\w-]+/[\w-]+@(release/)?v\d+", step["uses"])


def test_only_what_publishes_may_ask_for_a_token():
    may = {
        (file.stem, name)
        for file in WORKFLOWS
        for name, job in read(file)["jobs"].items()
        if job.get("permissions", {}).get("id-token") == "write"
    }
    assert may == {("release", "publish"), ("docs", "deploy")}


def test_each_python_that_is_promised_is_tested():
    tests = next(read(file) for file in WORKFLOWS if file.stem == "tests")
    tested = tests["jobs"]["quick"]["strategy"]["matrix"]["python"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(project()["classifiers"]))
    assert set(promised) <= set(tested)
    assert project()["requires-python"] == f">={tested[0]}"


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)
def test_a_form_can_be_filled_in(file):
    form = read(file)
    assert form["name"]
    assert form["description"]
    ids = [field["id"] for field in form["body"]]
    assert len(set(ids)) == len(ids)
    assert any(field.get("validations", {}).get("required") for field in form["body"])
    for field in form["body"]:
        assert field["type"] in ("textarea", "input", "checkboxes", "dropdown")
        assert field["attributes"]["label"]


def test_the_links_of_the_documents_for_contributors_lead_to_files():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_no_file_names_the_host_of_a_package_registry():
    named = [
        f"{file.relative_to(ROOT)}: {host}"
        for file in files_of_the_repository()
        for host in REGISTRIES
        if host.encode() in file.read_bytes()
    ]
    assert named == []


def test_the_paper_cites_all_of_its_references_and_no_others():
    text, references = (PAPER / "paper.md").read_text(), (PAPER / "paper.bib").read_text()
    keys = re.findall(r"^@\w+\{([^,]+),", references, flags=re.MULTILINE)
    assert len(set(keys)) == len(keys)
    assert set(re.findall(r"@([\w-]+)", text)) == set(keys)
    dois = re.findall(r"^\s*doi\s*=\s*\{(10\.\d{4,}/\S+)\}", references, flags=re.MULTILINE)
    assert len(set(dois)) == len(keys)


def test_the_paper_has_the_parts_of_the_journal():
    text = (PAPER / "paper.md").read_text()
    _, head, body = text.split("---\n", 2)
    front = yaml.safe_load(head)
    assert {"title", "tags", "authors", "affiliations", "date", "bibliography"} <= front.keys()
    assert front["bibliography"] == "paper.bib"
    titles = re.findall(r"^# (.+)$", body, flags=re.MULTILINE)
    for title in ("Summary", "Statement of need", "State of the field", "Acknowledgements"):
        assert title in titles
    assert titles[-1] == "References"
    assert 750 <= len(body.split()) <= 1750
    (figure,) = re.findall(r"!\[.*?\]\((\S+?)\)", body)
    assert (PAPER / figure).is_file()
