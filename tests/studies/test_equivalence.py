"""How equal the systems of a figure are to their replicators: from tables by hand, and in words."""

import numpy as np
import pandas as pd
import pytest

from hivemind_abm.studies.equivalence import equivalence, in_words, replicators_by_process


def test_the_words_of_each_verdict():
    base = {
        "curve": "R_wvoter",
        "row": "N = 1000",
        "column": "Low",
        "replicator": "MRD",
        "wrong_consensus": 0.0,
    }
    base |= {
        "consensus_time": {"q05": None, "median": None, "q95": None},
        "limit": None,
        "verdict": "equal within error",
    }
    base |= {
        "as_is": {
            "rms": 0.001,
            "rms_error": 0.002,
            "greatest": 0.003,
            "greatest_error": 0.01,
            "at_time": 7.0,
        }
    }
    assert (
        in_words(base)
        == "R_wvoter, N = 1000, Low: equal to MRD within error (rms 0.0010 +- 0.0020)"
    )
    wrong = base | {
        "verdict": "not equal",
        "wrong_consensus": 0.25,
        "consensus_time": {"q05": 1.0, "median": 4.0, "q95": None},
    }
    assert in_words(wrong) == (
        "R_wvoter, N = 1000, Low: not MRD: rms 0.0010 +- 0.0020, at most 0.003 apart, "
        "at time 7; half in consensus by 4; 25.0 % on a wrong option"
    )
    limit = base["as_is"] | {"rms": 0.0005}
    shifted = base | {"verdict": "equal within error but for finite size", "limit": limit}
    assert in_words(shifted).endswith(
        ": equal to MRD within error but for finite size "
        "(rms 0.0010 +- 0.0020, without its shift 0.0005 +- 0.0020)"
    )


def curve(name, means, runs=100, kind="curve", consensus=0.0, **columns):
    rows = pd.DataFrame({"time": np.arange(len(means), dtype=float), "mean": means})
    std = 0.0 if runs == 1 else 0.01
    whole = {"row": "", "column": "panel", "curve": name, "kind": kind, "runs": runs, "std": std}
    return rows.assign(**whole | {"consensus": consensus, "wrong_consensus": 0.0} | columns)


def test_the_replicators_follow_from_the_classes():
    replicators = replicators_by_process()
    for process in ("R_success", "CL", "P-CL"):
        assert replicators[process] == "TRD"
    for process in ("R_wvoter", "MCL", "P-MCL"):
        assert replicators[process] == "MRD"
    assert "R_majority" not in replicators  # with infinitely many votes


def test_a_process_is_compared_with_its_own_replicator_and_a_stranger_with_all():
    table = pd.concat(
        [
            curve("R_wvoter, N = 10", [0.5, 0.6, 0.7]),
            curve("stranger", [0.5, 0.5, 0.5]),
            curve("TRD", [0.5, 0.55, 0.6], runs=1),
            curve("MRD", [0.5, 0.6, 0.7], runs=1),
        ]
    )
    own, *others = equivalence(table)
    assert (own["curve"], own["replicator"]) == ("R_wvoter, N = 10", "MRD")
    assert own["as_is"]["rms"] == 0.0 and own["verdict"] == "equal within error"
    assert [system["replicator"] for system in others] == ["TRD", "MRD"]
    assert {system["verdict"] for system in others} == {"not equal"}
    assert others[1]["as_is"]["greatest"] == pytest.approx(0.2)
    (alone,) = equivalence(table[table["curve"] == "stranger"])
    assert alone["replicator"] is None and "no replicator beside it" in alone["words"]


def test_the_curve_of_half_the_size_removes_the_shift_of_finite_size():
    table = pd.concat(
        [
            curve("R_wvoter", [0.5, 0.65, 0.75]),
            curve("R_wvoter", [0.5, 0.7, 0.8], kind="half"),
            curve("MRD", [0.5, 0.6, 0.7], runs=1),
        ]
    )
    (system,) = equivalence(table)
    assert system["as_is"]["greatest"] == pytest.approx(0.05)
    assert system["limit"]["greatest"] == pytest.approx(0.0, abs=1e-9)
    assert system["verdict"] == "equal within error but for finite size"


def test_the_times_of_consensus():
    table = curve("R_majority", [0.5, 0.9, 1.0], consensus=[0.0, 0.1, 0.6], wrong_consensus=0.25)
    (system,) = equivalence(table)
    assert system["consensus_time"] == {"q05": 1.0, "median": 2.0, "q95": None}
    assert system["wrong_consensus"] == 0.25
