"""The claims of the gallery's models hold.

They are measured with few runs in the quick tests, in full in the long ones.
"""

import dataclasses

import pytest

from hivemind_abm.loading import gallery
from hivemind_abm.studies.claims import FAILS, HOLDS, verify

MODELS = [
    file for file in sorted(gallery("models").glob("*.py")) if "CLAIMS = (" in file.read_text()
]
by_model = pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)


@by_model
def test_claims_hold_measured_with_few_runs(file):
    for each in verify(file, quick=True).claims:
        assert each.verdict != FAILS, str(each)


@pytest.mark.thorough
@by_model
def test_claims_hold_measured_in_full(file):
    for each in verify(file).claims:
        assert each.verdict == HOLDS, str(each)
        wrong = dataclasses.replace(
            each.claim, published=each.claim.otherwise, otherwise=each.claim.published
        )
        assert wrong.verdict(each.measured) == FAILS, str(each)
