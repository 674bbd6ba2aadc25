"""What any rule, bandit or learner must keep, for users' classes and for this project's tests.

Knows: the promises that models and `ensemble` rely on, and the likely mistake when one is broken.
Does not know: any particular rule, bandit or learner.
"""

import dataclasses
import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import networkx as nx
import numpy as np

from hivemind_abm.bandits.bandit import Bandit, options_of
from hivemind_abm.bandits.batch import PullingBatch
from hivemind_abm.bandits.congestion import BanditCongestion
from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.bandits.world import World
from hivemind_abm.engine.seeds import run_seeds
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.learners.batch import LearnerBatch
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.names import find_learner
from hivemind_abm.registry import build_parts

__all__ = ["check_bandit", "check_learner", "check_rule"]

_STEPS, _UPDATES = 5, 20
_PULLS = 4000  # per option, where expected rewards are compared with a mean


def check_rule(rule: Any) -> list[str]:
    """Check that a rule keeps the contract of rules.

    It runs in small hives of every neighbourhood, with 1, 2 and 7 options, compiled and
    interpreted.

    Args:
        rule: A rule, its class, its short name or a file's path.

    Returns:
        The results, one line each.  Some are remarks, not faults.

    Raises:
        ValueError, TypeError: The rule breaks the contract; the message names the likely mistake.
    """
    (made,) = _made(find_rule(rule), "rule")
    name = type(made).__name__
    _check_signature(made, ImitationRule, "decide", ["self", "bee", "neighbours", "rng"])
    found = [f"{name} is a frozen dataclass with decide(self, bee, neighbours, rng)"]
    for n_action in (7, 2, 1):
        bandit = BanditLinear(n_action=n_action, name="evenly spaced")
        for label, neighbourhood in _neighbourhoods():

            def hive(
                compiled: bool,
                n_action: int = n_action,
                bandit: Any = bandit,
                where: Any = neighbourhood,
            ) -> HiveBatch:
                return HiveBatch(made, bandit, where, run_seeds(n_action, 2), compiled=compiled)

            interpreted = _run(hive, False, name, f"{label}, {n_action} options")
            _check_repeats(interpreted, _run(hive, False, name, label), name, "decide")
            compiled = _run(hive, True, name, f"{label}, {n_action} options")
            _check_same(interpreted, compiled, name, "decide")
    found.append(
        "returns an opinion of 0 .. K - 1 in every neighbourhood, "
        f"for K = 1, 2 and 7, {_STEPS} steps each"
    )
    found.append("same seed, same numbers: it draws from rng only")
    found.append(_remark(lambda: HiveBatch(made, bandit, neighbourhood, [0]), "rule"))
    found.append(_remark_on_consensus(made))
    return found


def check_bandit(bandit: Any) -> list[str]:
    """Check that a bandit keeps the contract of bandits.

    It is pulled at even shares and with all bees on one option, compiled and interpreted.

    Args:
        bandit: A bandit, its class, its short name or a file's path.

    Returns:
        The results, one line each.  Some are remarks, not faults.

    Raises:
        ValueError, TypeError: The bandit breaks the contract; the message names the likely mistake.
    """
    (made,) = _made(find_bandit(bandit), "bandit")
    name = type(made).__name__
    _check_signature(made, Bandit, "pull", ["self", "option", "world", "rng"])
    _check_signature(made, Bandit, "change", ["self", "world", "rng"], needed=False)
    _check_signature(made, Bandit, "expected_rewards", ["self", "world"], needed=False)
    _check_signature(made, Bandit, "memory_size", ["self", "n_action"], needed=False)
    k = options_of(made)
    found = [f"{name} is a frozen dataclass with n_action = {k} and pull(self, option, world, rng)"]
    for label, shares in _shares(k):

        def pulls(compiled: bool, shares: np.ndarray = shares) -> HiveBatch:
            everyone = Neighbourhood.of("everyone", "all", 40 * k)
            return HiveBatch(
                _Keep(), made, everyone, run_seeds(0, 2), initial_shares=shares, compiled=compiled
            )

        interpreted = _run(pulls, False, name, label)
        _check_repeats(interpreted, _run(pulls, False, name, label), name, "pull")
        _check_same(interpreted, _run(pulls, True, name, label), name, "pull")
        _check_expected(made, shares, label)
    if made.changes or made.memory_size(k) > 0:
        found.append(_of_world(made))
    found.append("rewards lie in [0, 1] at even and at extreme shares")
    found.append("same seed, same numbers: it draws from rng only")
    found.append("expected_rewards is the mean of its pulls, within 5 standard errors")
    optimal = np.asarray(made.optimal_shares())
    if optimal.shape != (k,) or not (optimal >= 0.0).all() or abs(optimal.sum() - 1.0) > 1e-9:
        raise ValueError(
            f"{name}.optimal_shares() must be {k} numbers of at least 0 that sum to 1, "
            f"not {optimal!r}"
        )
    found.append(
        f"optimal_share is the summed share of option {', '.join(map(str, made.optimal_options()))}"
    )
    found.append(_remark(lambda: pulls(True), "bandit"))
    return found


def check_learner(learner: Any) -> list[str]:
    """Check that a learner keeps the contract of learners.

    It learns on bandits with 1, 2 and 7 options, some of which never or always pay, compiled and
    interpreted.

    Args:
        learner: A learner, its class, its short name or a file's path.

    Returns:
        The results, one line each.  Some are remarks, not faults.

    Raises:
        ValueError, TypeError: The learner breaks the contract; the message names the likely
            mistake.
    """
    (made,) = _made(find_learner(learner), "learner")
    name = type(made).__name__
    _check_signature(made, Learner, "update", ["self", "policy", "pulls", "memory", "rng"])
    _check_signature(made, Learner, "memory_size", ["self", "n_action"], needed=False)
    found = [f"{name} is a frozen dataclass with update(self, policy, pulls, memory, rng)"]
    changed = False
    for label, bandit in _environments():

        def learners(compiled: bool, bandit: Any = bandit) -> LearnerBatch:
            return LearnerBatch(made, bandit, run_seeds(bandit.n_action, 2), compiled=compiled)

        interpreted = _run(learners, False, name, label, _UPDATES)
        _check_repeats(interpreted, _run(learners, False, name, label, _UPDATES), name, "update")
        _check_same(interpreted, _run(learners, True, name, label, _UPDATES), name, "update")
        policies = [rows[:, 2 * made.parallel_envs :][:, : bandit.n_action] for rows in interpreted]
        changed = changed or any(not np.array_equal(policies[0], policy) for policy in policies)
    found.append(
        "the policy stays at least 0 and sums to 1, "
        f"for K = 1, 2 and 7, rewards from 0 to 1, {_UPDATES} steps each"
    )
    found.append("same seed, same numbers: it draws from rng only")
    found.append(_remark(lambda: learners(True), "learner"))
    found.append(
        "it learns: its policy changes"
        if changed
        else "remark: its policy never changed; write policy[a] = ..., not policy = ..."
    )
    return found


def _environments() -> Iterator[tuple[str, Bandit]]:
    for n_action in (7, 2, 1):
        yield f"{n_action} options", BanditLinear(n_action=n_action, name="evenly spaced")
    yield "a congestion bandit", BanditCongestion()
    yield "rewards that are always 0", BanditLinear(n_action=3, gap=0.0, q_star=(0.0, 0.0, 0.0))
    yield "rewards that are always 1", BanditLinear(n_action=3, gap=0.0, q_star=(1.0, 1.0, 1.0))
    yield "rewards that are 0 or 1", BanditLinear(n_action=2, gap=0.0, q_star=(0.0, 1.0))


@dataclasses.dataclass(frozen=True)
class _Keep(ImitationRule):
    """A rule whose bees keep their opinions, so that only the bandit matters."""

    def decide(self, bee: Any, neighbours: Any, rng: Any) -> int:
        return bee.opinion


def _made(part: Any, what: str) -> list[Any]:
    """An instance of a part, built from its defaults, as a list of one."""
    try:
        return build_parts([part], {}, [])
    except TypeError as error:
        if isinstance(part.made, type):
            raise TypeError(
                f"{part.made.__name__} needs a default for every field "
                f"so that a {what} can be made of it: {error}"
            ) from None
        raise


def _check_signature(
    made: Any, base: type, method: str, wanted: list[str], needed: bool = True
) -> None:
    """Raise TypeError unless a method has the wanted arguments."""
    function = getattr(type(made), method)
    name = type(made).__name__
    if needed and function is getattr(base, method):
        raise TypeError(f"{name} has no {method}: write {method}({', '.join(wanted)})")
    arguments = list(inspect.signature(function).parameters)
    if len(arguments) != len(wanted) or arguments[0] != "self":
        raise TypeError(
            f"{name}.{method} must take ({', '.join(wanted)}), not ({', '.join(arguments)})"
        )


def _neighbourhoods() -> Iterator[tuple[str, Neighbourhood]]:
    lonely = nx.path_graph(8)
    lonely.add_node(8)
    yield "hearing all others", Neighbourhood.of("others", "all", 9)
    yield "hearing 1 other", Neighbourhood.of("others", 1, 9)
    yield "hearing 3 others", Neighbourhood.of("others", 3, 9)
    yield "hearing everyone, itself included", Neighbourhood.of("everyone", "all", 9)
    yield "in groups of 3", Neighbourhood.of("groups", 3, 9)
    yield "on a path, one bee hearing nobody", Neighbourhood.of(lonely, "all", 9)
    yield "alone", Neighbourhood.of("others", "all", 1)


def _shares(k: int) -> Iterator[tuple[str, np.ndarray]]:
    yield "at even shares", np.full(k, 1.0 / k)
    for option in sorted({0, k - 1}):
        yield f"with all on option {option}", np.eye(k)[option]


def _run(
    make: Callable[[bool], PullingBatch], compiled: bool, name: str, where: str, steps: int = _STEPS
) -> list[np.ndarray]:
    """The state of two runs before and after each step; errors get the class and the place."""
    rows = []
    with _quiet():
        try:
            batch = make(compiled)
            rows.append(_state(batch))
            for _ in range(steps):
                batch.step()
                rows.append(_state(batch))
        except IndexError as error:
            hint = (
                "; memory_size(n_action) says how many numbers memory has"
                if isinstance(batch, LearnerBatch)
                else ""
            )
            raise ValueError(f"{name}, {where}: {error}{hint}") from error
        except Exception as error:
            kind = type(error) if isinstance(error, TypeError) else ValueError
            raise kind(
                f"{name}, {where}: {error if str(error) else type(error).__name__}"
            ) from error
    return rows


def _state(batch: PullingBatch) -> np.ndarray:
    """All numbers of the runs in one table, shape (R, any)."""
    memory = [batch.memory] if isinstance(batch, LearnerBatch) else []
    return np.concatenate([batch.options, batch.payoffs, batch.shares, *memory], axis=1)


def _check_repeats(
    first: list[np.ndarray], second: list[np.ndarray], name: str, method: str
) -> None:
    """Raise ValueError unless two runs with the same seed are equal."""
    if not all(np.array_equal(a, b) for a, b in zip(first, second, strict=True)):
        raise ValueError(
            f"{name}.{method} gives other numbers for the same seed; draw from rng only, "
            "not from the modules random or numpy.random, and keep nothing between calls"
        )


def _check_same(
    interpreted: list[np.ndarray], compiled: list[np.ndarray], name: str, method: str
) -> None:
    """Raise ValueError unless both modes give equal numbers."""
    if not all(np.array_equal(a, b) for a, b in zip(interpreted, compiled, strict=True)):
        raise ValueError(
            f"{name}.{method} gives other numbers compiled than interpreted; likely causes: "
            "a whole number beyond 64 bits, a global variable that changes, or a function such as "
            "math.exp whose last digit differs (then use compiled=False)"
        )


def _check_expected(bandit: Any, shares: np.ndarray, label: str) -> None:
    """Raise ValueError unless `expected_rewards` agrees with the mean of many pulls."""
    if type(bandit).expected_rewards is Bandit.expected_rewards:
        return
    k = bandit.n_action
    world = _world_after(bandit, shares, _STEPS)
    expected = np.asarray(bandit.expected_rewards(world), float)
    name = type(bandit).__name__
    if expected.shape != (k,) or not np.isfinite(expected).all():
        raise ValueError(
            f"{name}.expected_rewards(world) must be {k} finite numbers, one for each option, "
            f"not {expected!r}"
        )
    for option, rewards in _many_pulls(bandit, world):
        if rewards.size == 0:
            continue
        error = 5.0 * max(rewards.std(), 1e-9) / np.sqrt(rewards.size) + 1e-9
        if abs(rewards.mean() - expected[option]) > error:
            raise ValueError(
                f"{name}, {label}: expected_rewards says {expected[option]:.6g} "
                f"for option {option}, the mean of {rewards.size} pulls is {rewards.mean():.6g} "
                f"(5 standard errors: {error:.2g})"
            )


def _of_world(bandit: Bandit) -> str:
    """What of the world a bandit uses, as a line of the results."""
    size = bandit.memory_size(bandit.n_action)
    kept = f"keeps {size} number{'' if size == 1 else 's'} in world.memory"
    changes = ["changes the rewards from step to step"] if bandit.changes else []
    return "the world: " + " and ".join([*changes, *([kept] if size else [])])


def _many_pulls(bandit: Bandit, world: World) -> Iterator[tuple[int, np.ndarray]]:
    """Each option with the rewards of many of its pulls in a world."""
    k = bandit.n_action
    if bandit.changes or world.memory.size > 0:  # a hive would change the world
        rng = Stream(1)
        for option in range(k):
            worlds = (World(world.shares, world.step, world.memory.copy()) for _ in range(_PULLS))
            yield option, np.array([bandit.pull(option, now, rng) for now in worlds])
        return
    everyone = Neighbourhood.of("others", "all", 20 * k)
    seeds = run_seeds(1, _PULLS // 20)
    with _quiet():
        batch = HiveBatch(_Keep(), bandit, everyone, seeds, initial_shares=world.shares)
    for option in range(k):
        yield option, batch.payoffs[batch.opinions == option]


def _world_after(bandit: Bandit, shares: np.ndarray, steps: int) -> World:
    """The world after so many steps at fixed shares."""
    world, rng = bandit.world(shares), Stream(2)
    if bandit.changes:
        for step in range(steps + 1):
            world.step = step
            bandit.change(world, rng)
    return world


def _remark(make: Callable[[], PullingBatch], part: str) -> str:
    """Whether a part is compiled, as a line of the results."""
    with _quiet():
        reason = make().reasons.get(part)
    if reason is None:
        return "compiled: the same numbers as interpreted, bit for bit"
    return f"remark: runs interpreted, not compiled: {reason}"


def _remark_on_consensus(rule: ImitationRule) -> str:
    """Whether consensus is absorbing, as a line of the results."""
    others = Neighbourhood.of("others", "all", 9)
    with _quiet():
        batch = HiveBatch(
            rule,
            BanditLinear(n_action=3, name="evenly spaced"),
            others,
            run_seeds(2, 50),
            initial_shares=(0, 0, 1),
        )
        for _ in range(_STEPS):
            batch.step()
    if (batch.opinions == 2).all():
        return "consensus is absorbing: bees that hear one opinion keep it"
    return "remark: consensus is not absorbing; bees leave an opinion that all share"


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warning that something runs interpreted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
