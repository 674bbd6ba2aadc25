"""Units of work: how the runs of a cell are cut."""

import pickle

import pandas as pd
import pytest
from small_studies import same, study

from hivemind_abm.studies.units import run_unit


@pytest.mark.parametrize("keep", ["summary", "rows", "last"])
def test_units_cut_runs_without_changing_them(keep, monkeypatch):
    table = study(keep).run()
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 200)
    assert len(list(study("last").units())) > 12
    same(study(keep).run(), table)
    wanted = {"summary": 7 * 7, "rows": (6 * 8 + 1) * 7, "last": 6 * 8 + 1}
    assert len(table) == wanted[keep]


def test_a_unit_is_plain_data_that_any_process_can_run():
    units = list(study("last").units())
    assert [unit.name for unit in units] == [f"{name}-000000000" for name in study().ids]
    assert [unit.runs for unit in units] == [8] * 6 + [1]
    unit = units[0]
    table = run_unit(pickle.loads(pickle.dumps(unit)))
    pd.testing.assert_frame_equal(table, run_unit(unit), check_exact=True)
    assert not {"rng", "rule", "population_size"} & set(table)
