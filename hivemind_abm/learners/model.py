"""A learner as a Mesa model, with the columns of a hive.

Knows: how a learner steps and is recorded.  Does not know: bees, replicators.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.record import RecordedModel
from hivemind_abm.engine.rows import Rows, quorum_of, starting_shares
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.learners.batch import LearnerBatch
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.macro_agent import MacroAgent, MacroBatch
from hivemind_abm.learners.names import find_learner
from hivemind_abm.registry import build_parts
from hivemind_abm.results import shortened

__all__ = ["LearnerModel", "LearnerSettings"]


@dataclass(frozen=True)
class LearnerSettings:
    """The checked arguments of a `LearnerModel`, without its seed.

    Attributes:
        learner: The learner, an instance.
        bandit: The bandit, an instance.
        initial_shares: The initial policy, K numbers that sum to 1, or None for a uniform one.
        stop_if_end: Whether a policy that always chooses one option stops the model, or the
            probability of an option that does.
        compiled: Whether the learner and the bandit run as machine code.
    """

    learner: Learner
    bandit: Bandit
    initial_shares: Sequence[float] | None
    stop_if_end: bool | float
    compiled: bool

    deterministic = False  # there is chance in every learner

    @property
    def n_action(self) -> int:
        """K, the number of options."""
        return self.bandit.n_action

    @property
    def columns(self) -> list[str]:
        """The columns of its rows."""
        return Rows.names(self.n_action)

    @property
    def work(self) -> int:
        """Pulls per step."""
        return self.learner.parallel_envs

    @classmethod
    def of(
        cls,
        learner: Any,
        bandit: Any,
        initial_shares: Sequence[float] | None,
        stop_if_end: bool | float,
        compiled: bool,
        parameters: Mapping[str, Any],
    ) -> "LearnerSettings":
        """Check the arguments of a model; see `LearnerModel` for their meaning and errors."""
        quorum_of(stop_if_end)
        compiled = checks.truth_value("compiled", compiled)
        arguments = [
            name for name in inspect.signature(LearnerModel).parameters if name != "parameters"
        ]
        the_learner, the_bandit = build_parts(
            [find_learner(learner), find_bandit(bandit)], parameters, arguments
        )
        if initial_shares is not None:
            shares = starting_shares(initial_shares, the_bandit.n_action)
            initial_shares = tuple(shares.tolist())
        name = f"{type(the_learner).__name__}.parallel_envs"
        checks.whole_number(name, the_learner.parallel_envs)
        return cls(the_learner, the_bandit, initial_shares, stop_if_end, compiled)

    def batch(self, seeds: Sequence[Any]) -> LearnerBatch | MacroBatch:
        """Learners with these settings, one per seed."""
        kind = MacroBatch if isinstance(self.learner, MacroAgent) else LearnerBatch
        return self.batch_of(kind, seeds)

    def batch_of(self, kind: Any, seeds: Sequence[Any]) -> Any:
        """Learners with these settings, one per seed.

        Args:
            kind: The class of the batch.
            seeds: One per run.
        """
        return kind(
            self.learner, self.bandit, seeds, self.initial_shares, self.stop_if_end, self.compiled
        )


class LearnerModel(RecordedModel):
    """A reinforcement learner on a bandit, with the rows of a `Hive`.

    Row t of the record holds the policy pi(t) as share_a and the mean of the rewards pulled with
    it.  Building a model makes the first pulls and collects row 0.  In one `step()` the learner
    updates its policy with the rewards of the last pulls, pulls again, and a row is collected.  A
    bandit whose rewards depend on shares gets the policy as its shares.

    Args:
        learner: "CL", "MCL", "P-CL" or "P-MCL", the path of a .py file with a learner (FILE.py or
            FILE.py:ClassName), "macro:" and a rule (its name or path) for the macro-agent of that
            rule, or a `Learner`.
        bandit: As for `Hive`.
        initial_shares: The initial policy, K numbers that sum to 1; None for a uniform one.
        stop_if_end: Stop when one share is 1 (to double precision), or with a number q, when one
            share is at least q: `running` becomes False and `step()` does nothing.
        compiled: Run the learner and the bandit as machine code.  It gives the same numbers as
            plain Python, only faster.
        rng: The seed: a whole number, its digits, a SeedSequence, or None for fresh entropy (then
            `seed.entropy` holds it).
        parameters: Fields of a learner or bandit that is given by name or class: `alpha=0.01,
            gap=0.05`.

    Attributes:
        learner, bandit: The parts that were built from the arguments.
        seed: The SeedSequence in use.
        memory: The learner's own numbers beside its policy, shape (any,).
        options, rewards: The pulls made with the policy, shape (parallel_envs,) each.
        datacollector: Columns optimal_share, mean_payoff, share_0 .. share_K-1, consensus.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.

    Source: Soma et al., arXiv 2410.17517.
    """

    memory: np.ndarray
    options: np.ndarray
    rewards: np.ndarray

    def __init__(
        self,
        learner: Any = "P-MCL",
        bandit: Any = "evenly spaced",
        *,
        initial_shares: Sequence[float] | None = None,
        stop_if_end: bool | float = False,
        compiled: bool = True,
        rng: Any = None,
        **parameters: Any,
    ) -> None:
        settings = LearnerSettings.of(
            learner, bandit, initial_shares, stop_if_end, compiled, parameters
        )
        seed = seed_sequence(rng)
        self._batch: LearnerBatch | MacroBatch
        super().__init__(seed, settings.batch([seed]))
        self.learner, self.bandit = settings.learner, settings.bandit
        self._start_record()

    def _views(self) -> dict[str, np.ndarray]:
        batch = self._batch
        return {
            "memory": batch.memory[0],
            "options": batch.options[0],
            "rewards": batch.payoffs[0],
        }

    @classmethod
    def settings(cls, **arguments: Any) -> LearnerSettings:
        """The checked settings of a model; `ensemble` builds its learners from them.

        Args:
            arguments: As for the class; `rng` is ignored.

        Raises:
            ValueError, TypeError: As for the class; or the class is a subclass of `LearnerModel`.
        """
        return LearnerSettings.of(**cls._arguments(LearnerModel, arguments))

    @property
    def mode(self) -> dict[str, str]:
        """How the learner and the bandit run: "compiled" or "interpreted"."""
        return self._batch.mode

    def summary(self) -> dict[str, Any]:
        """The settings, the step, and the last row with its shares as one entry."""
        settings = {"learner": repr(self.learner), "bandit": repr(self.bandit)}
        return settings | {"mode": next(iter(self.mode.values()))} | super().summary()

    def __repr__(self) -> str:
        return (
            f"<LearnerModel: {self.learner.symbol} on {type(self.bandit).__name__}, "
            f"step {self.steps}, shares {shortened(self.shares)}>"
        )
