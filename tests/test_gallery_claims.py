"""The claims of the gallery's models hold.

They are measured with few runs in the quick tests, where that takes about a second, and in full
in the long ones.
"""

import dataclasses

import pytest

from hivemind_abm.loading import gallery
from hivemind_abm.studies.claims import FAILS, HOLDS, verify

MODELS = [
    file for file in sorted(gallery("models").glob("*.py")) if "CLAIMS = (" in file.read_text()
]
LONG = (  # with few runs too
    "aspirations",
    "best_response",
    "byzantine_bees",
    "contrarians",
    "cross_inhibition",
    "dance_and_copy",
    "deadlock",
    "direct_comparison",
    "fermi",
    "imitate_the_best",
    "independence_and_trust",
    "k_unanimity",
    "learning_in_groups",
    "logit_choice",
    "lola_hive",
    "majority_of_dancers",
    "majority_of_groups",
    "moran",
    "naming_game",
    "noisy_voter",
    "proportional_imitation",
    "q_voter_anticonformity",
    "q_voter_independence",
    "quorum_ants",
    "rock_paper_scissors",
    "rogers_paradox",
    "spatial_voter",
    "swarm_urn",
    "value_sensitive",
    "zealots",
    "zealots_and_contrarians",
)
by_model = pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
with_few_runs = pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, marks=pytest.mark.thorough if file.stem in LONG else [])
        for file in MODELS
    ],
    ids=lambda file: file.stem,
)


@with_few_runs
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
