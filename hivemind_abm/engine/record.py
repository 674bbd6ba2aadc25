"""One run of anything that steps in rows, as a Mesa model with a record.

Knows: Mesa's clock, agents and DataCollector, through Mesa's public names only; no other module
uses Mesa's model.  Agents are made when somebody first asks for one, because a million Python
objects take seconds to make, and most of a model's memory.  Does not know: bees, learners,
replicators.
"""

import copy
import inspect
from collections.abc import Mapping
from functools import partial
from types import MethodType
from typing import Any

import mesa
import numpy as np
import pandas as pd
from mesa.time import Priority, Schedule

from hivemind_abm.engine.rows import Batch
from hivemind_abm.results import Result

__all__ = ["LazyAgents", "Member", "RecordedModel"]


class Member(mesa.Agent):
    """An agent with an index in the model's arrays.

    Attributes:
        index: Its index, 0 .. N - 1.
    """

    def __init__(self, model: "LazyAgents", index: int) -> None:
        super().__init__(model)
        self.index = index


class LazyAgents(mesa.Model):
    """A Mesa model whose agents are made when they are first asked for.

    Whoever asks by one of Mesa's names finds them as if they had been there from the start, with
    the same `unique_id`.  A class that extends this one calls `_defer_agents` and has a
    `_make_agents`.
    """

    agent_id_counter: int
    _pending_ids = range(0)  # the `unique_id` of each agent that is still to be made

    def _defer_agents(self, number: int) -> None:
        """Let `_make_agents` make so many agents when they are first asked for."""
        self._pending_ids = range(self.agent_id_counter, self.agent_id_counter + number)
        self.agent_id_counter += number

    def _make_agents(self) -> None:
        """Make all agents that were deferred."""
        raise NotImplementedError

    def _ensure_agents(self) -> None:
        """Make the agents unless they are there; if this is interrupted, there are none."""
        pending, following = self._pending_ids, self.agent_id_counter
        if not pending:
            return
        self._pending_ids = range(0)
        self.agent_id_counter = pending.start
        try:
            self._make_agents()
        except BaseException:
            for agent in list(super().agents):
                agent.remove()
            self._pending_ids = pending
            raise
        finally:
            self.agent_id_counter = following

    @property
    def agents(self) -> Any:
        """All agents, a `mesa.agent.AgentSet`."""
        self._ensure_agents()
        return super().agents

    @agents.setter
    def agents(self, agents: Any) -> None:
        mesa.Model.agents.fset(self, agents)  # it raises the error of Mesa

    @property
    def agent_types(self) -> list[type]:
        """The classes of the agents."""
        self._ensure_agents()
        return super().agent_types

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """The agents of each class, as `agents`."""
        self._ensure_agents()
        return super().agents_by_type

    def register_agent(self, agent: mesa.Agent) -> None:
        """Add an agent after those that the model has; each agent of Mesa calls this."""
        self._ensure_agents()
        super().register_agent(agent)

    def remove_all_agents(self) -> None:
        """Remove all agents."""
        self._ensure_agents()
        super().remove_all_agents()

    def observe(self, *arguments: Any, **named: Any) -> Any:
        """Subscribe to a signal of Mesa; it tells of no agent that should be there already."""
        self._ensure_agents()
        return super().observe(*arguments, **named)


class RecordedModel(Result, LazyAgents):
    """A Mesa model that shows the one run of a batch and collects its rows.

    Building the model collects row 0.  A copy, by `copy.deepcopy`, `copy.copy` or `pickle`, is an
    independent model with the same record, agents and clock, and the same next steps.

    Attributes:
        seed: The SeedSequence in use.
        running: False once the run has stopped.
        datacollector: Columns optimal_share, mean_payoff, share_0 .. share_K-1, consensus.
    """

    def __init__(self, seed: np.random.SeedSequence, batch: Batch) -> None:
        self._batch = batch
        super().__init__(rng=seed)
        self.seed = seed
        self.running = bool(batch.running[0])
        # Mesa has replaced `step` by a method that moves its clock and then calls `step`; a stopped
        # model must not call that method.
        self._clock_step = self.step
        self.step = self._step_if_running  # type: ignore[method-assign]
        self.__dict__.update(self._views())

    @classmethod
    def _arguments(cls, model: type, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a model with its defaults, without what is not in its settings.

        Args:
            model: The class whose settings they are for.
            given: Arguments by name; `agent_reporters` and `rng` are ignored.

        Raises:
            TypeError: An unknown argument, or this class extends `model`.
        """
        if cls is not model:
            raise TypeError(
                f"ensemble runs {model.__name__} itself; {cls.__name__} extends it, "
                "so run it with mesa.batch_run"
            )
        bound = inspect.signature(cls).bind(**given)
        bound.apply_defaults()
        apart = ("agent_reporters", "rng")
        return {name: value for name, value in bound.arguments.items() if name not in apart}

    def _views(self) -> dict[str, np.ndarray]:
        """The attributes that show arrays of the batch, by name."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """All attributes but `_views`: a copy of them would not show the arrays of the batch."""
        state = dict(super().__getstate__())
        return {name: value for name, value in state.items() if name not in self._views()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over a state, with views of the arrays of its batch."""
        self.__dict__.update(state)
        self.__dict__.update(self._views())

    def __copy__(self) -> "RecordedModel":
        """An independent copy; one that shares arrays would step both models."""
        return copy.deepcopy(self)

    def _step_if_running(self) -> None:
        if self.running:
            self._clock_step()

    def _start_record(self, agent_reporters: Mapping[str, Any] | None = None) -> None:
        names = self._batch.rows.columns
        self.datacollector = mesa.DataCollector(
            model_reporters={name: partial(_entry, place=i) for i, name in enumerate(names)},
            agent_reporters={
                name: _reporter(reporter) for name, reporter in (agent_reporters or {}).items()
            },
        )
        self.datacollector.collect(self)

    @property
    def steps(self) -> int:
        """The number of steps done.

        The batch counts them, so a step that failed, or a call after the end, does not count.
        """
        return int(self._batch.steps_done[0])

    @steps.setter
    def steps(self, number: int) -> None:
        """Ignore the count that Mesa keeps."""

    @property
    def shares(self) -> np.ndarray:
        """x, the share of each option in the last row, shape (K,)."""
        rows: Any = self._batch.rows
        return np.array(rows.shares[0])

    def table(self) -> pd.DataFrame:
        """The record as a DataFrame, with a first column `step`: what `hivemind run` writes."""
        table = self.datacollector.get_model_vars_dataframe()
        table.insert(0, "step", np.arange(len(table)))
        return table

    def summary(self) -> dict[str, Any]:
        """The step and the last row, with its shares as one entry."""
        rows: Any = self._batch.rows
        return {
            "step": self.steps,
            "optimal_share": float(rows.optimal_share[0]),
            "mean_payoff": float(rows.mean_payoff[0]),
            "shares": self.shares,
            "consensus": bool(rows.consensus[0]),
        }

    def step(self) -> None:
        """Do one step and collect its row; do nothing once the run has stopped.

        Mesa's clock calls this method, both for `step()` and for `run_for` and `run_until`.

        Raises:
            ValueError, TypeError: A user's method broke its contract; the model is left as it was
                before the step.
        """
        if not self.running:  # `run_for` does not check it
            return
        try:
            self._batch.step()
        except BaseException:
            # Mesa has already advanced its clock, and after an error it schedules no further step.
            self.time -= 1.0
            again = MethodType(type(self).step, self)
            schedule = Schedule(interval=1.0, start=self.time + 1.0)
            self.schedule_recurring(again, schedule, Priority.HIGH)
            raise
        self.running = bool(self._batch.running[0])
        self.datacollector.collect(self)


def _reporter(reporter: Any) -> Any:
    """An agent reporter; Mesa's own, for an attribute or a list, cannot be pickled."""
    if isinstance(reporter, str):
        return partial(_attribute, name=reporter)
    if isinstance(reporter, list):
        return partial(_call, function=reporter[0], arguments=tuple(reporter[1]))
    return reporter


def _attribute(agent: mesa.Agent, name: str) -> Any:
    return getattr(agent, name)


def _call(agent: mesa.Agent, function: Any, arguments: tuple[Any, ...]) -> Any:
    return function(agent, *arguments)


def _entry(model: RecordedModel, place: int) -> float | bool:
    return model._batch.rows.entry(0, place)
