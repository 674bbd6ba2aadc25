"""A claim holds, fails, or cannot tell; it is refused where it could not fail."""

import math

import numpy as np
import pytest

from hivemind_abm import Claim, Estimate, estimate, verify
from hivemind_abm.studies.claims import CANNOT_TELL, FAILS, HOLDS, measure

MODEL = """
from hivemind_abm import Claim, Estimate

def measured(quick):
    return Estimate(0.48, 0.2 if quick else 0.01)

CLAIMS = (Claim("the share", {published}, "eq. 1", measured, otherwise=0.3),)
"""


def claim(published=0.5, otherwise=0.3, within=1e-9, measured=0.5):
    return Claim("x", published, "eq. 1", lambda quick: measured, otherwise, within=within)


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (Estimate(0.5), HOLDS),
        (Estimate(0.5 + 2e-9), FAILS),
        (Estimate(0.53, 0.01), HOLDS),  # four standard errors are .04
        (Estimate(0.55, 0.01), FAILS),
        (Estimate(0.4, 0.03), CANNOT_TELL),  # .3 is as near as .5
        (Estimate(0.3, 0.001), FAILS),
        (Estimate(math.nan, 0.1), FAILS),
        (0.5, HOLDS),
        (np.float64(0.25), FAILS),
    ],
)
def test_verdict(measured, verdict):
    assert measure(claim(measured=measured)).verdict == verdict


def test_within_is_for_the_published_number():
    assert measure(claim(within=0.01, measured=0.509)).verdict == HOLDS
    assert measure(claim(within=0.01, measured=0.511)).verdict == FAILS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"otherwise": 0.5}, "such a claim cannot fail"),
        ({"within": 0.2}, "such a claim cannot fail"),
        ({"within": 0.0}, "within must be"),
        ({"published": math.nan}, "published must be"),
        ({"published": "0.5"}, "published must be"),
    ],
)
def test_a_claim_that_cannot_fail_is_refused(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        claim(**change)


def test_a_measure_that_returns_no_number_is_refused():
    for wrong in ((0.5, 0.1), "0.5", None):
        with pytest.raises(TypeError, match="the measure of 'x' must return an Estimate"):
            measure(claim(measured=wrong))


def test_estimates():
    value, error = estimate([1.0, 2.0, 4.0])
    assert value == pytest.approx(7 / 3)
    assert error == pytest.approx(math.sqrt(((4 / 3) ** 2 + (1 / 3) ** 2 + (5 / 3) ** 2) / 6))
    value, error = estimate(np.ones(98, bool))  # 99 of 100 with one more of either kind
    assert (value, error) == pytest.approx((1.0, math.sqrt(0.99 * 0.01 / 100)))
    for wrong in ([1.0], [1.0, math.nan], np.ones((2, 2))):
        with pytest.raises(ValueError, match="values must be"):
            estimate(wrong)


def test_verify_measures_the_claims_of_a_file(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(MODEL.format(published=0.5))
    result = verify(file)
    assert result.holds
    (row,) = result.table().to_dict("records")
    assert (row["model"], row["published"], row["here"], row["error"], row["verdict"]) == (
        ("model", 0.5, 0.48, 0.01, HOLDS)
    )
    assert str(result.claims[0]) == "the share: published 0.5, here 0.480 +- 0.010: holds"
    assert verify(file, quick=True).holds  # too coarse to tell, and quick
    file.write_text(MODEL.format(published=0.6))
    assert not verify(file).holds
    file.write_text(MODEL.format(published=0.5).replace("0.01)", "0.1)"))
    assert not verify(file).holds  # too coarse to tell


def test_a_file_without_claims(tmp_path):
    file = tmp_path / "model.py"
    file.write_text("CLAIMS = ()\n")
    with pytest.raises(ValueError, match="has no CLAIMS"):
        verify(file)
    file.write_text("CLAIMS = (0.5,)\n")
    with pytest.raises(TypeError, match="must be a tuple of Claim"):
        verify(file)
