"""What any bandit must keep.

Knows: the promises that models and `ensemble` rely on, also in a world that changes.  Does not
know: any particular bandit.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import Bandit, options_of
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.bandits.world import World
from hivemind_abm.contract.running import (
    Keep,
    check_runs,
    check_signature,
    instance_of,
    names_in,
    quiet,
    remark_on_mode,
)
from hivemind_abm.engine.seeds import run_seeds
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS

__all__ = ["check_bandit"]

_STEPS = 5
_CHECKED_STEPS = (0, 1, 7)  # at which the expected rewards of a world that changes are compared
_PULLS = 4000  # per option, where expected rewards are compared with a mean


def check_bandit(bandit: Any) -> list[str]:
    """Check that a bandit keeps the contract of bandits.

    It is pulled at even shares and with all bees on one option, compiled and interpreted, by all
    bees together and by one after the other.  Where the world changes, the expected rewards are
    compared with pulls at steps 0, 1 and 7.

    Args:
        bandit: A bandit, its class, its short name or a file's path.

    Returns:
        The results, one line each.  Some are remarks, not faults.

    Raises:
        ValueError, TypeError: The bandit breaks the contract; the message names the likely mistake.
    """
    instance = instance_of(find_bandit(bandit), "bandit")
    name = type(instance).__name__
    _check_class(instance)
    k = options_of(instance)
    results = [
        f"{name} is a frozen dataclass with n_action = {k} and pull(self, option, world, rng)"
    ]
    for label, shares in _shares(k):
        for updating in (SYNCHRONOUS, ASYNCHRONOUS):

            def pulls(
                compiled: bool, shares: np.ndarray = shares, updating: str = updating
            ) -> HiveBatch:
                everyone = Neighbourhood.of("everyone", "all", 40 * k)
                seeds = run_seeds(0, 2)
                return HiveBatch(
                    Keep(), instance, everyone, seeds, shares, False, compiled, updating
                )

            check_runs(pulls, instance, "bandit", "pull", label, _STEPS)
        for step in _CHECKED_STEPS if _differs(instance) else (0,):
            _check_expected(instance, shares, step, label)
    results += [
        "rewards lie in [0, 1] at even and at extreme shares",
        "same seed, same numbers: it draws from rng only",
        _of_expected(instance),
        _of_world(instance),
        _of_optimum(instance, k),
        remark_on_mode(lambda: pulls(True), "bandit"),
    ]
    return results


def _check_class(bandit: Bandit) -> None:
    """Raise TypeError unless the class has the methods of a bandit."""
    check_signature(bandit, Bandit, "pull", ["self", "option", "world", "rng"])
    check_signature(bandit, Bandit, "change", ["self", "world", "rng"], needed=False)
    check_signature(bandit, Bandit, "expected_rewards", ["self", "world"], needed=False)
    check_signature(bandit, Bandit, "memory_size", ["self", "n_action"], needed=False)


def _shares(k: int) -> Iterator[tuple[str, np.ndarray]]:
    yield "at even shares", np.full(k, 1.0 / k)
    for option in sorted({0, k - 1}):
        yield f"with all on option {option}", np.eye(k)[option]


def _differs(bandit: Bandit) -> bool:
    """Whether the world may differ from step to step."""
    return bandit.changes or bandit.memory_size(bandit.n_action) > 0


def _check_expected(bandit: Bandit, shares: np.ndarray, step: int, label: str) -> None:
    """Raise ValueError unless `expected_rewards` agrees with the mean of many pulls.

    Args:
        bandit: The bandit.
        shares: The shares at which it is pulled, shape (K,).
        step: The step, 0 for the world as it is built.
        label: The shares in words.
    """
    if type(bandit).expected_rewards is Bandit.expected_rewards:
        return
    k, name = bandit.n_action, type(bandit).__name__
    world = _world_after(bandit, shares, step)
    before = world.memory.copy()
    expected = np.asarray(bandit.expected_rewards(world), float)
    if expected.shape != (k,) or not np.isfinite(expected).all():
        raise ValueError(
            f"{name}.expected_rewards(world) must be {k} finite numbers, one for each option, "
            f"not {expected!r}"
        )
    if not np.array_equal(world.memory, before):
        raise ValueError(
            f"{name}.expected_rewards(world) must not change world.memory: write into it in "
            "`change(self, world, rng)`"
        )
    for option, rewards in _many_pulls(bandit, world):
        if rewards.size == 0:
            continue
        error = 5.0 * max(rewards.std(), 1e-9) / np.sqrt(rewards.size) + 1e-9
        if abs(rewards.mean() - expected[option]) > error:
            when = f" at step {step}" if _differs(bandit) else ""
            raise ValueError(
                f"{name}, {label}{when}: expected_rewards says {expected[option]:.6g} "
                f"for option {option}, the mean of {rewards.size} pulls is {rewards.mean():.6g} "
                f"(5 standard errors: {error:.2g}){_advice(bandit)}"
            )


def _advice(bandit: Bandit) -> str:
    """What to write where the expected rewards are wrong, if the likely mistake is known."""
    pulled, said = (
        set(getattr(type(bandit), method).__code__.co_names)
        for method in ("pull", "expected_rewards")
    )
    for name in ("memory", "step", "shares"):
        if name in pulled and name not in said:
            return f"; pull reads world.{name}, expected_rewards does not"
    return ""


def _many_pulls(bandit: Bandit, world: World) -> Iterator[tuple[int, np.ndarray]]:
    """Each option with the rewards of many of its pulls in a world."""
    k = bandit.n_action
    if _differs(bandit):  # a hive would change the world
        rng = Stream(1)
        for option in range(k):
            worlds = (World(world.shares, world.step, world.memory.copy()) for _ in range(_PULLS))
            yield option, np.array([bandit.pull(option, now, rng) for now in worlds])
        return
    everyone = Neighbourhood.of("others", "all", 20 * k)
    seeds = run_seeds(1, _PULLS // 20)
    with quiet():
        batch = HiveBatch(Keep(), bandit, everyone, seeds, initial_shares=world.shares)
    for option in range(k):
        yield option, batch.payoffs[batch.opinions == option]


def _world_after(bandit: Bandit, shares: np.ndarray, steps: int) -> World:
    """The world in the row of a step, at fixed shares."""
    world, rng = bandit.world(shares), Stream(2)
    if bandit.changes:
        for step in range(steps + 1):
            world.step = step
            bandit.change(world, rng)
    return world


def _of_expected(bandit: Bandit) -> str:
    """How the expected rewards are known, as a line of the results."""
    if type(bandit).expected_rewards is Bandit.expected_rewards:
        return "expected_rewards is estimated from pulls; write it where it is known"
    steps = f", at steps {', '.join(map(str, _CHECKED_STEPS))}" if _differs(bandit) else ""
    return f"expected_rewards is the mean of its pulls, within 5 standard errors{steps}"


def _of_world(bandit: Bandit) -> str:
    """What of the world a bandit uses, as a line of the results."""
    size, names = bandit.memory_size(bandit.n_action), names_in(bandit, Bandit)
    uses = ["shares"] if "shares" in names else []
    uses += ["step"] if "step" in names else []
    uses += [f"memory ({size} number{'' if size == 1 else 's'})"] if size else []
    changes = type(bandit).change is not Bandit.change
    text = f"of the world it uses {', '.join(uses) or 'nothing'}"
    if changes:
        return f"{text}; change is called before the pulls of each step"
    return text


def _of_optimum(bandit: Bandit, k: int) -> str:
    """Which options are the best, as a line of the results.

    Raises:
        ValueError: The optimal shares are none.
    """
    world = _world_after(bandit, np.full(k, 1.0 / k), 0) if _differs(bandit) else None
    optimal = np.asarray(bandit.optimal_shares(world))
    if optimal.shape != (k,) or not (optimal >= 0.0).all() or abs(optimal.sum() - 1.0) > 1e-9:
        raise ValueError(
            f"{type(bandit).__name__}.optimal_shares() must be {k} numbers of at least 0 that sum "
            f"to 1, not {optimal!r}"
        )
    best = ", ".join(map(str, bandit.optimal_options(world)))
    when = " at first" if bandit.changes else ""
    return f"optimal_share is the summed share of option {best}{when}"
