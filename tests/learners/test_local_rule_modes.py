"""The local rule of a learner in both modes: kept policies, bit for bit, the contract, errors."""

from dataclasses import dataclass

import numpy as np
import pytest
from test_local_rule import RULES, Clock, Coin, Fewest, Weights

from hivemind_abm import Hive, ImitationRule, check_rule
from hivemind_abm.learners.local_rule import LocalRule

pytestmark = pytest.mark.thorough  # compiles many rules


@dataclass(frozen=True)
class Recruit(ImitationRule):
    """Bees that may hold no option."""

    uncommitted = True

    def decide(self, bee, neighbours, rng):
        return rng.integers(neighbours.n_action + 1)


# ------------------------------------------------------------------------------
# Policies that are kept for all bees of a step


def hive(rule, compiled, **arguments):
    arguments = {"neighbourhood": "everyone", "population_size": 20, "n_action": 3} | arguments
    return Hive(rule, "evenly spaced", compiled=compiled, rng=3, **arguments)


@pytest.mark.parametrize("updating", ["synchronous", "asynchronous", 0.5])
@pytest.mark.parametrize(("policy", "compiled"), [("own", True), ("own", False), ("heard", False)])
def test_no_policy_is_kept_for_another_step_or_rule(policy, updating, compiled):
    rules = [LocalRule(Clock(shift), policy=policy) for shift in (0, 1)]
    for mix, kinds in ((rules[0], 1), ([(rules[0], 10), (rules[1], 10)], 2)):
        model = hive(mix, compiled, updating=updating)
        before = model.opinions.copy()
        for step in range(6):
            model.step()
            for bee in range(20):
                wanted = (step + bee // 10 * (kinds - 1)) % 3
                if updating == "synchronous" or model.opinions[bee] != before[bee]:
                    assert model.opinions[bee] == wanted
            before = model.opinions.copy()


THOROUGHLY_COMPILED = [pytest.param(True, marks=pytest.mark.thorough), False]


@pytest.mark.parametrize("compiled", THOROUGHLY_COMPILED)
def test_bees_that_decide_one_at_a_time_hear_what_is_so_now(compiled):
    model = hive(
        LocalRule(Fewest(), policy="own"),
        compiled,
        updating="asynchronous",
        n_action=2,
        initial_shares=(1, 0),
    )
    model.step()
    assert 0.35 <= model.shares[0] <= 0.65  # with what was so at first, all that decide leave it
    model = hive(LocalRule(Fewest(), policy="own"), compiled, n_action=2, initial_shares=(1, 0))
    model.step()
    assert model.shares[0] == 0.0


@pytest.mark.parametrize("compiled", [True, False])
def test_an_update_that_draws_is_done_for_each_bee(compiled):
    model = hive(LocalRule(Coin(), policy="heard"), compiled, population_size=100)
    model.step()
    assert 0.25 < model.shares[0] < 0.75 and model.shares[:2].sum() == pytest.approx(1.0)


# ------------------------------------------------------------------------------
# Both modes

BOTH = {
    "everyone": {},
    "five": {"neighbourhood": "others", "neighbourhood_size": 5},
    "eight, one at a time": {
        "neighbourhood": "others",
        "neighbourhood_size": 8,
        "updating": "asynchronous",
    },
    "groups": {"neighbourhood": "groups", "neighbourhood_size": 5, "updating": 0.5},
    "ring": {"neighbourhood": "ring:4"},
}
QUICK = ("P-MCL", "Exp3")  # the others take seconds to compile


@pytest.mark.parametrize(
    "rule",
    [pytest.param(rule, marks=[] if rule in QUICK else pytest.mark.thorough) for rule in RULES],
)
def test_both_modes_agree_bit_for_bit(rule):
    for arguments in BOTH.values():
        for mix in (RULES[rule], [(RULES[rule], 12), ("wvoter", 4), (Recruit(), 4)]):
            models = [hive(mix, compiled, **arguments) for compiled in (True, False)]
            for model in models:
                model.run_for(5)
            one, other = models
            assert set(one.mode.values()) == {"compiled"}
            assert one.table().equals(other.table())
            assert np.array_equal(one.memory, other.memory)
            assert one.decision(3).asked == other.decision(3).asked


def test_more_options_than_rows_for_policies():
    for n_action in (30, 70):  # for 70 no policy is kept
        models = [hive(RULES["P-MCL"], each, n_action=n_action) for each in (True, False)]
        for model in models:
            model.run_for(5)
        assert models[0].table().equals(models[1].table())


@pytest.mark.thorough
@pytest.mark.parametrize("rule", RULES)
def test_they_keep_the_contract(rule):
    assert "compiled: the same numbers as interpreted, bit for bit" in check_rule(RULES[rule])


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("hood", [{}, {"neighbourhood": "others", "neighbourhood_size": 5}])
def test_an_invalid_policy_is_an_error(hood, compiled):
    model = hive(LocalRule(Weights(power=0.1)), compiled, **hood)
    numbers = "" if compiled else "; .* sums to 1.3"
    with pytest.raises(ValueError, match=rf"update left a policy.*divide it by its sum{numbers}"):
        model.step()
