"""What a bee keeps and what it shows: memory, begin, dance, silence, and bees without an option."""

from dataclasses import dataclass

import numpy as np
import pytest

from hivemind_abm import Bandit, BanditLinear, Hive, ImitationRule, ensemble

N = 12
SITES = BanditLinear(2, 0.05, q_star=(0.9, 0.6))
UPDATINGS = ("synchronous", "asynchronous", 0.4)
# those but one in the long tests only: each is a compilation
QUICK = ["asynchronous", *(pytest.param(u, marks=pytest.mark.thorough) for u in UPDATINGS[::2])]


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
def compiled(request):
    return request.param


@dataclass(frozen=True)
class Notes(ImitationRule):
    """memory: 0-2 what `begin` saw, 3-4 what `dance` saw, 5-6 what `decide` saw, 7 zero at first.

    It shows a tenth of its payoff.
    """

    def memory_size(self, n_action):
        return 6 + n_action

    def begin(self, bee, rng):
        bee.memory[0] = bee.opinion
        bee.memory[1] = bee.payoff
        bee.memory[2] = 1.0 + bee.step + rng.random()

    def dance(self, bee, rng):
        bee.memory[3] = bee.payoff
        bee.memory[4] = bee.step
        return bee.payoff / 10.0

    def decide(self, bee, neighbours, rng):
        bee.memory[5] = bee.payoff
        bee.memory[6] = bee.step
        return bee.opinion


def test_begin_before_the_first_pull_and_dance_after_it(compiled):
    hive = Hive(Notes(), SITES, N, compiled=compiled, rng=1)
    memory = hive.memory
    assert memory.shape == (N, 8)
    assert np.array_equal(memory[:, 0], hive.opinions)
    assert (memory[:, 1] == 0.0).all()  # nothing is pulled yet
    assert len(set(memory[:, 2])) == N and ((memory[:, 2] >= 1.0) & (memory[:, 2] < 2.0)).all()
    assert np.array_equal(memory[:, 3], hive.payoffs) and (hive.payoffs > 0.5).all()
    assert (memory[:, 4:] == 0.0).all()  # `bee.step` is 0, and no bee has decided
    assert np.array_equal(hive.shown, hive.payoffs / 10.0)
    assert hive.table()["mean_payoff"].iloc[0] == pytest.approx(hive.payoffs.mean())


@pytest.mark.parametrize("updating", QUICK)
def test_the_step_that_is_being_made(updating, compiled):
    hive = Hive(Notes(), SITES, N, updating=updating, compiled=compiled, rng=1)
    for step in range(1, 5):
        before, turns = hive.payoffs.copy(), hive.memory[:, 6].copy()
        hive.step()
        memory, decided = hive.memory, hive.memory[:, 6] != turns
        assert (memory[decided, 6] == step).all()
        danced = decided if updating == "asynchronous" else np.ones(N, bool)
        assert (memory[danced, 4] == step).all() and np.array_equal(memory[:, 3], hive.payoffs)
        assert np.array_equal(hive.shown, hive.payoffs / 10.0)
        if updating != "asynchronous":
            assert np.array_equal(memory[decided, 5], before[decided])  # its payoff, not the shown


@dataclass(frozen=True)
class Quiet(ImitationRule):
    """Bees on option 0 are silent, the others show 0.5.  memory: the answers to questions."""

    def memory_size(self, n_action):
        return 8

    def dance(self, bee, rng):
        return 0.0 if bee.opinion == 0 else 0.5

    def decide(self, bee, neighbours, rng):
        bee.memory[0] += neighbours.pick_by_payoff(rng).opinion == 0
        bee.memory[1] = neighbours.payoff_of(0)
        bee.memory[2] = neighbours.payoff_of(1)
        bee.memory[3] = neighbours.total_payoff
        bee.memory[4] = neighbours.count_of(0)
        bee.memory[5] += neighbours.pick(rng).opinion == 0
        bee.memory[6] += 1.0
        bee.memory[7] += len(neighbours.pick(rng).memory) + len(neighbours[0].memory)
        return bee.opinion


@pytest.mark.thorough
@pytest.mark.parametrize("updating", QUICK)
def test_a_dance_of_zero_is_silence(updating, compiled):
    hive = Hive(
        Quiet(), SITES, N, updating=updating, neighbourhood="everyone", compiled=compiled, rng=1
    )
    hive.run_for(60)
    memory = hive.memory
    assert (hive.payoffs > 0.5).all()
    assert (memory[:, 0] == 0.0).all()  # no silent bee is picked by payoff
    assert (memory[:, 1:5] == [0.0, 3.0, 3.0, 6.0]).all()
    share = memory[:, 5].sum() / memory[:, 6].sum()  # `pick` draws from all
    assert abs(share - 0.5) < 5.0 * 0.5 / np.sqrt(memory[:, 6].sum())
    assert (memory[:, 7] == 0.0).all()  # another bee's memory is private


@pytest.mark.thorough
def test_a_bee_that_hears_silence_picks_itself(compiled):
    hive = Hive(Quiet(), SITES, N, initial_shares=(1, 0), compiled=compiled, rng=1)
    hive.step()
    assert (hive.memory[:, 0] == 1.0).all() and (hive.memory[:, 3] == 0.0).all()


@dataclass(frozen=True)
class Loud(ImitationRule):
    payoff: float = 1.5

    def dance(self, bee, rng):
        return self.payoff

    def decide(self, bee, neighbours, rng):
        return bee.opinion


def test_what_a_dance_may_return(compiled):
    for wrong in (1.5, -0.1, float("nan")):
        with pytest.raises(ValueError, match=r"Loud.dance returned payoff .* must lie in \[0, 1\]"):
            Hive(Loud(wrong), SITES, N, compiled=compiled, rng=1)
    hive = Hive(Loud(1.0 + 1e-12), SITES, N, compiled=compiled, rng=1)
    assert (hive.shown == 1.0).all()


def test_memory_can_be_read_and_written(compiled):
    hive = Hive(Notes(), SITES, N, compiled=compiled, rng=1)
    bee = hive.agents.to_list()[3]
    assert np.array_equal(bee.memory, hive.memory[3])
    assert bee.shown == hive.shown[3]
    bee.memory[7] = 0.25
    hive.step()
    assert hive.memory[3, 7] == 0.25 and (np.delete(hive.memory[:, 7], 3) == 0.0).all()


@dataclass(frozen=True)
class Recruits(ImitationRule):
    """Leave with a chance, come back to option 0; always show 1."""

    leaves: float = 0.3
    uncommitted = True

    def dance(self, bee, rng):
        return 1.0

    def decide(self, bee, neighbours, rng):
        if bee.opinion == neighbours.n_action:
            return 0 if rng.random() < 0.2 else neighbours.n_action
        return neighbours.n_action if rng.random() < self.leaves else bee.opinion


@dataclass(frozen=True)
class Visits(Bandit):
    """Pays 0.5; memory: how many bees have pulled in this step."""

    n_action: int = 2

    def memory_size(self, n_action):
        return 1

    def change(self, world, rng):
        world.memory[0] = 0.0

    def pull(self, option, world, rng):
        world.memory[0] += 1.0
        return 0.5

    def expected_rewards(self, world):
        return np.array([0.5, 0.5])


@pytest.mark.thorough
@pytest.mark.parametrize("updating", QUICK)
def test_a_bee_without_an_option(updating, compiled):
    hive = Hive(Recruits(), Visits(), 60, updating=updating, compiled=compiled, rng=1,
                initial_shares=(0.25, 0.25, 0.5))  # fmt: skip
    assert np.bincount(hive.opinions).tolist() == [15, 15, 30]
    for _ in range(10):
        none = hive.opinions == 2
        assert (hive.payoffs[none] == 0.0).all() and (hive.payoffs[~none] == 0.5).all()
        assert (hive.shown[none] == 0.0).all() and (hive.shown[~none] == 1.0).all()
        row = hive.table().iloc[-1]
        assert row["share_none"] == none.mean()
        assert row["share_0"] + row["share_1"] == pytest.approx((~none).mean())
        assert row["mean_payoff"] == pytest.approx(0.5 * (~none).mean())
        if updating != "asynchronous":
            assert hive._batch.state.worlds[0, 0] == (~none).sum()  # the others pull nothing
        hive.step()
    assert list(hive.table().columns[-3:]) == ["share_1", "share_none", "consensus"]
    flows = hive.flows()
    assert flows.shape == (3, 3) and flows[2, 1] == flows[1, 0] == flows[0, 1] == 0


def test_consensus_is_about_options(compiled):
    arguments = {"population_size": N, "stop_if_end": True, "compiled": compiled, "rng": 1}
    nobody = Hive(Recruits(1.0), Visits(), initial_shares=(0, 0, 1), **arguments)
    assert nobody.running and not nobody.table()["consensus"].iloc[0]
    all_on_one = Hive(Recruits(0.0), Visits(), initial_shares=(1, 0, 0), **arguments)
    assert not all_on_one.running and all_on_one.table()["consensus"].iloc[0]


def test_only_an_uncommitted_rule_may_return_none(compiled):
    @dataclass(frozen=True)
    class Leaver(ImitationRule):
        def decide(self, bee, neighbours, rng):
            return neighbours.n_action

    hive = Hive(Leaver(), SITES, N, compiled=compiled, rng=1)
    with pytest.raises(ValueError, match="opinion 2 for bee 0; an opinion must be 0 to 1"):
        hive.step()
    with pytest.raises(ValueError, match="initial_shares must be 2 numbers"):
        Hive(Leaver(), SITES, N, initial_shares=(0.5, 0.2, 0.3))


@dataclass(frozen=True)
class Boaster(ImitationRule):
    """It shows too much where the pull paid nearly all."""

    def dance(self, bee, rng):
        return 1.5 if bee.payoff > 0.9995 else bee.payoff

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@pytest.mark.thorough
@pytest.mark.parametrize("updating", QUICK)
def test_the_error_of_one_hive_of_many_shows_its_own_payoff(updating, compiled):
    rich = BanditLinear(2, 0.1, q_star=(0.9, 0.9))
    hives = {"rule": Boaster(), "bandit": rich, "population_size": 20, "updating": updating}
    with pytest.raises(ValueError, match=r"Boaster\.dance returned payoff 1\.5 for bee"):
        ensemble(Hive, {**hives, "compiled": compiled}, runs=10, steps=100, seed=2, threads=1)


@pytest.mark.parametrize("updating", UPDATINGS)
def test_a_quorum_stops_the_hive(updating, compiled):
    hive = Hive("wvoter", SITES, 100, updating=updating, stop_if_end=0.8, compiled=compiled, rng=1)
    while hive.running and hive.steps < 200:
        hive.step()
    shares = hive.table()["share_0"]
    assert shares.iloc[-1] >= 0.8 and (shares.iloc[:-1] < 0.8).all()
    rows, opinions = len(shares), hive.opinions.copy()
    hive.step()
    assert len(hive.table()) == rows and np.array_equal(hive.opinions, opinions)


def test_exactly_a_quorum_is_enough():
    for share, runs in ((0.8, False), (0.79, True)):
        shares = (1.0 - share, share)
        hive = Hive("wvoter", SITES, 100, stop_if_end=0.8, initial_shares=shares, rng=1)
        assert hive.running == runs
    for wrong in (0.0, -1, 1.5, "yes", None):
        with pytest.raises((ValueError, TypeError), match="stop_if_end must be"):
            Hive("wvoter", SITES, 100, stop_if_end=wrong)
