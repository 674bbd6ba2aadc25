"""Cells: as a grid, as a table, in a file, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from small_studies import TOML, study

from hivemind_abm import Hive, Study


def test_a_grid_a_frame_and_a_toml_file_give_cells(tmp_path):
    cells = study().cells
    assert len(cells) == 4 + 2 + 1
    assert cells[0] == {
        "model": "Hive",
        "rule": "wvoter",
        "bandit": "near one",
        "population_size": 5,
    }
    frame = pd.DataFrame(
        {"population_size": [10.0, 20.0], "gap": [0.05, 0.1], "neighbourhood_size": [2.0, np.nan]}
    )
    design = Study.from_frame(frame, {"rule": "wvoter"}, runs=2, steps=2, seed=1)
    assert design.cells == (
        {
            "model": "Hive",
            "rule": "wvoter",
            "population_size": 10,
            "gap": 0.05,
            "neighbourhood_size": 2,
        },
        {"model": "Hive", "rule": "wvoter", "population_size": 20, "gap": 0.1},
    )
    file = tmp_path / "study.toml"
    file.write_text(TOML)
    read = Study.from_toml(file)
    assert (read.runs, read.steps, read.seed, read.keep, len(read.cells)) == (40, 30, 1, "rows", 11)
    assert read.cells[-1]["initial_shares"] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"cells": [{"popultion_size": 5}]},
            "cell 0: popultion_size fits nothing here; did you mean population_size?",
        ),
        (
            {"cells": [{}, {"model": "Hives"}]},
            "cell 1: model must be one of Hive, LearnerModel, ReplicatorModel, GameModel, "
            "not 'Hives'",
        ),
        (
            {"cells": [{"population_size": 0}]},
            "cell 0: population_size must be a whole number of at least 1, not 0",
        ),
        ({"cells": [{}, {"rng": 3}]}, "cell 1: rng must not be in a cell"),
        ({"cells": [{"rule": Hive}]}, "cell 0, rule must be plain data"),
        ({"cells": [5]}, "cell 0 must be a dict of arguments, not 5"),
        ({"cells": [{"population_size": 5}, {"population_size": 5.0}]}, "cell 1: population_size"),
        ({"cells": []}, "cells must hold at least one cell"),
        ({"runs": 0}, "runs must be a whole number of at least 1, not 0"),
        ({"keep": "all"}, "keep must be one of summary, rows, last, not 'all'"),
        ({"seed": -1}, "seed must be a whole number of at least 0, not -1"),
        ({"record_every": 0}, "record_every must be a whole number of at least 1 or None, not 0"),
    ],
)
def test_wrong_studies_are_named_before_anything_runs(arguments, message):
    with pytest.raises((ValueError, TypeError)) as error:
        Study(**{"cells": [{}], "runs": 2, "steps": 2, "seed": 1} | arguments)
    assert message in str(error.value)
