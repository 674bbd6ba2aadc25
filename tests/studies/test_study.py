"""Studies: the numbers of a cell depend on nothing but the cell and the seed."""

import numpy as np
from small_studies import same, study

from hivemind_abm import Hive, Study, ensemble
from hivemind_abm.engine.seeds import RunSeed


def test_a_cells_numbers_do_not_depend_on_the_other_cells_and_are_an_ensembles():
    whole = study()
    alone = Study([whole.cells[2]], runs=8, steps=6, seed=1, keep="rows").run()
    table = whole.run()
    part = table[table["cell"] == whole.ids[2]].reset_index(drop=True)[alone.columns]
    same(part.astype(alone.dtypes.to_dict()), alone)
    backwards = Study(tuple(reversed(whole.cells)), runs=8, steps=6, seed=1, keep="rows").run()
    for name in whole.ids:
        one, other = (
            each[each["cell"] == name].reset_index(drop=True)[alone.columns]
            for each in (table, backwards)
        )
        same(one, other)
    seed = RunSeed(1, spawn_key=(int(whole.ids[2], 16),))
    parameters = {key: value for key, value in whole.cells[2].items() if key != "model"}
    rows = ensemble(Hive, parameters, runs=8, steps=6, seed=seed, keep="rows")
    np.testing.assert_array_equal(rows["optimal_share"], alone["optimal_share"])
    assert not np.array_equal(study(seed=2).run()["mean_payoff"], table["mean_payoff"])
