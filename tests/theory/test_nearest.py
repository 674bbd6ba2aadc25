"""Which known dynamic a rule follows, what multiple of it, and with which parameter.

Multiples are those of the theory; a bound of 3 standard errors at a fixed seed.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from noiseless import steady
from rules_of_dynamics import LogitOfHeard, PairwiseProportional, SlowBestResponse, SmithOfHeard

from hivemind_abm import ImitationRule, mean_field
from hivemind_abm.loading import load_class
from hivemind_abm.theory.dynamics import ALL_DYNAMICS

pytestmark = pytest.mark.thorough  # compiles many rules

THREE = steady(0.9, 0.75, 0.6)
FEW = {"bees": 128_000, "fixed_points": False}
GALLERY = Path(__file__).parents[2] / "models"


def fermi(b):
    return load_class(str(GALLERY / "fermi.py"), ImitationRule, "rule")(b=b)


def near(value, error, wanted):
    return 0.0 < error < math.inf and abs(value - wanted) < 3.0 * error


@pytest.mark.parametrize(
    ("rule", "name", "multiple", "value", "words"),
    [
        (LogitOfHeard(0.2), "logit", 1.0, 0.2, "equal to logit with tau = 0."),
        (SmithOfHeard(), "smith", 1 / 3, None, "times smith within error"),
        (PairwiseProportional(0.5), "TRD", 0.5, None, "times TRD within error"),
        (SlowBestResponse(0.4), "best response", 0.4, None, "times best response within error"),
        (fermi(5.0), "fermi", 1.0, 0.2, "equal to fermi with tau = 0."),
        ("success", "TRD", 1.0, None, "equal to TRD within error"),
        ("wvoter", "MRD", 1.0, None, "equal to MRD within error"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rules_follow_the_dynamics_of_the_theory(rule, name, multiple, value, words):
    field = mean_field(rule, THREE, **FEW)
    nearest = field.nearest
    assert nearest.name == name and nearest.fits and nearest.equal == (multiple == 1.0)
    assert near(nearest.best.factor, nearest.best.factor_error, multiple)
    if value is not None:
        assert near(nearest.best.value, nearest.best.value_error, value)
        assert near(nearest.once.value, nearest.once.value_error, value)
    assert words in field.nearest_in_words and "also" not in field.nearest_in_words
    assert nearest.shown.expected.shape == field.drift.shape
    answered = name in ("TRD", "MRD")
    assert (field.nearest_in_words in str(field).splitlines()) == (not answered)


def test_two_options_do_not_tell_all_dynamics_apart():
    """With two constant rewards, Smith is 0.3 times best response, and Fermi a multiple of TRD."""
    field = mean_field(SlowBestResponse(0.4), steady(0.9, 0.6), **FEW)
    fitting = {fit.name: fit.best for fit in field.known.fitting}
    assert set(fitting) == {"best response", "smith"}
    assert near(fitting["best response"].factor, fitting["best response"].factor_error, 0.4)
    assert near(fitting["smith"].factor, fitting["smith"].factor_error, 4 / 3)
    assert "; on these points also" in str(field)
    field = mean_field(fermi(5.0), steady(0.9, 0.6), **FEW)
    assert field.nearest.name == "TRD"  # simpler than Fermi, which fits too
    best = field.nearest.best
    assert near(best.factor, best.factor_error, math.tanh(0.5 * 5.0 * 0.3) / 0.3)
    assert field.known.fits["fermi"].equal


def test_a_family_that_fits_only_at_its_limit_says_so():
    known = mean_field("success", THREE, **FEW).known
    assert known.fits["replicator-mutator"].follows == "limit"
    assert "replicator-mutator with mutation = " in known.fits["replicator-mutator"].in_words
    assert [fit.name for fit in known.fitting] == ["TRD"]
    assert known.fits["TRD"].follows == "equal" and known.fits["smith"].follows == "no"


@pytest.mark.parametrize("rate", [1.0, 0.25])
def test_the_multiple_is_per_decision(rate):
    field = mean_field(PairwiseProportional(0.5), THREE, updating=rate, **FEW)
    assert near(field.nearest.best.factor, field.nearest.best.factor_error, 0.5)


def test_where_none_fits_the_nearest_is_named_with_what_it_leaves():
    field = mean_field("wvoter", THREE, 2, **FEW)
    assert not field.nearest.fits and not field.known.fitting
    least = min(fit.rms for fit in field.known.fits.values() if fit.best.factor > 0.0)
    assert field.nearest.rms == pytest.approx(least, rel=0.01) and least > 1.5 * field.known.chance
    text = f"no known dynamic fits; the nearest, {field.nearest.in_words}, leaves rms"
    assert text in str(field) and f"(chance: {field.known.chance:.5f})" in str(field)


def test_the_table_has_a_row_for_each_dynamic():
    field = mean_field(PairwiseProportional(0.5), THREE, **FEW)
    table = field.dynamics_table().set_index("dynamic")
    assert list(table.index) == list(ALL_DYNAMICS)
    assert table.loc["TRD", "follows"] == "proportional" and table.loc["TRD", "parameter"] == ""
    assert table.loc["TRD", "multiple"] == field.nearest.best.factor
    assert table.loc["logit", "parameter"] == "tau" and table.loc["logit", "value"] > 0.0
    assert np.isnan(table.loc["TRD", "value"]) and (table["chance_rms"] < 0.001).all()
    assert table.loc["TRD", "rms"] == pytest.approx(table["rms"].min(), rel=0.01)
    assert table.loc["TRD", "rms"] < 0.1 * table.loc["TRD", "once_rms"]


def test_a_hive_without_drift_is_near_nothing():
    field = mean_field("success", steady(0.5, 0.5), bees=6400)
    assert field.known is None and field.nearest is None and field.dynamics_table().empty
    assert field.nearest_in_words == "R_success, M = 1: no change within error"
