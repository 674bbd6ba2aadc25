"""Results on disk: what is there is not run again, damaged parts are, and nothing is lost."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from small_studies import WORN_OUT, same, study

from hivemind_abm import Study
from hivemind_abm.studies.store import Store


@pytest.mark.parametrize("keep", ["summary", "rows", "last"])
def test_a_store_gives_the_table_back(keep, tmp_path):
    table = study(keep).run()
    same(study(keep).run(store=tmp_path / "store"), table)
    same(Store.existing(tmp_path / "store").read(), table)
    manifest = json.loads((tmp_path / "store" / "manifest.json").read_text())
    assert manifest["ended"]
    assert manifest["study"]["cells"] == list(study(keep).cells)
    assert {"python", "hivemind_abm", "numba"} <= set(manifest["versions"])


def test_what_is_there_is_not_run_again(tmp_path, monkeypatch):
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 200)
    table = study().run(store=tmp_path / "store")
    parts = sorted((tmp_path / "store" / "parts").iterdir())
    times = {part: part.stat().st_mtime_ns for part in parts}
    parts[3].write_bytes(parts[3].read_bytes()[:-50])  # truncated
    broken = bytearray(parts[5].read_bytes())
    broken[len(broken) // 3] ^= 255  # a bit has turned
    parts[5].write_bytes(bytes(broken))
    parts[7].unlink()
    with pytest.warns(RuntimeWarning, match="is damaged and left out"):
        partial = Store.existing(tmp_path / "store").read()
    assert 0 < len(partial) < len(table)
    same(study().run(store=tmp_path / "store"), table)
    changed = {part for part in parts if part.stat().st_mtime_ns != times[part]}
    assert changed == {parts[3], parts[5], parts[7]}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"seed": 2}, "holds another study: seed is '1' there, '2' here"),
        ({"runs": 9}, "holds another study: "),
        ({"steps": 7}, "holds another study: steps is 6 there, 7 here"),
        ({"keep": "last"}, "holds another study: keep is 'rows' there, 'last' here"),
    ],
)
def test_the_store_of_another_study_is_refused(other, message, tmp_path):
    table = study().run(store=tmp_path / "store")
    with pytest.raises(ValueError, match="holds another study") as error:
        study(**other).run(store=tmp_path / "store")
    assert message in str(error.value)
    same(Store.existing(tmp_path / "store").read(), table)


@pytest.mark.thorough
def test_a_changed_rule_file_is_another_study(tmp_path):
    rule = tmp_path / "worn_out.py"
    rule.write_text(WORN_OUT)
    large = Study([{"rule": str(rule), "population_size": 5}], runs=2, steps=2, seed=1)
    large.run(store=tmp_path / "store")
    rule.write_text(WORN_OUT + "\n# changed\n")
    with pytest.raises(ValueError, match="holds another study: files"):
        large.run(store=tmp_path / "store")


def test_folders_that_can_not_be_used(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear bee")
    with pytest.raises(ValueError, match="is not empty and holds no study"):
        study().run(store=tmp_path / "full")
    with pytest.raises(ValueError, match="can't be written"):
        study().run(store="/dev/null/store")
    with pytest.raises(ValueError, match="holds no study"):
        Store.existing(tmp_path / "nothing")


@pytest.mark.thorough
def test_a_full_disk_is_one_clear_message_and_loses_nothing(tmp_path):
    """Files may not grow beyond 40,000 bytes, so that the large parts can't be written."""
    cells = "[{'population_size': 5}, {'population_size': 6, 'n_action': 90}]"
    code = (
        "import resource, sys; from hivemind_abm import Study\n"
        f"study = Study({cells}, runs=30, steps=60, seed=1, keep='rows')\n"
        "if sys.argv[2:]: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "try: study.run(store=sys.argv[1], executor=ThreadPoolExecutor(1))\n"
        "except ValueError as error: sys.exit(str(error))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "store")]
    done = subprocess.run([*command, "limited"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "can't be written" in done.stderr
    assert "File too large; what is there stays" in done.stderr
    parts = list((tmp_path / "store" / "parts").iterdir())
    assert len(parts) == 1
    large = Study(eval(cells), runs=30, steps=60, seed=1, keep="rows")
    same(large.run(store=tmp_path / "store"), large.run())


@pytest.mark.thorough
def test_a_disk_that_is_really_full(tmp_path):
    """A file system of 64 KiB, mounted for the purpose, which only root can do."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True
    ).returncode:
        pytest.skip("a file system can't be mounted here")
    try:
        cells = [{"population_size": 5}, {"population_size": 6, "n_action": 90}]
        large = Study(cells, runs=30, steps=60, seed=1, keep="rows")
        with pytest.raises(
            ValueError, match=r"can't be written.*No space left on device; what is there stays"
        ):
            large.run(store=disk / "store", executor=ThreadPoolExecutor(1))
        assert len(list((disk / "store" / "parts").glob("[!.]*"))) == 1
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        same(large.run(store=disk / "store"), large.run())
    finally:
        subprocess.run(["umount", str(disk)], check=True)
