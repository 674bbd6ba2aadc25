"""What one bee did in each of the last steps: its history.

Knows: how the steps of a session are replayed for one bee, and what is kept of each of them.
Does not know: how a history is shown.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.hives.decision import Asked, Decision
from hivemind_abm.hives.hive import Hive

__all__ = ["LENGTH", "BeeHistory", "Moment", "Told", "bee_history", "moment_of"]

LENGTH = 60  # steps
_MOST_KEPT = 20 * LENGTH
_MOST_TOLD = 3  # bees that a moment describes one by one
_MOST_NUMBERS = 4  # of a bee's memory
_GROWN_EVERY = 0.25  # seconds
_OF_NEIGHBOURS = "neighbours."  # a question about all bees that are heard


@dataclass(frozen=True)
class Told:
    """One bee that the rule asked about, as it was heard.

    Attributes:
        bee: Its index.
        opinion: Its option; None if it held none.
        payoff: The payoff that it showed.
    """

    bee: int
    opinion: int | None
    payoff: float


@dataclass(frozen=True)
class Moment:
    """One bee in one step: what it decided, and what it then got.

    Attributes:
        step: The step; in step 0 nothing is decided.
        opinion: Its option after the step; None for no option.
        payoff: The payoff that it pulled.
        shown: The payoff that the others see.
        memory: The first of its own numbers; None in place of one that is not finite.
        before: Its option before the decision; None for no option.
        times: How often it decided in the step.  What follows is of the last time.
        heard: The number of bees that it learnt of.
        told: The bees that its rule asked about, where these are few.
        options: The options that it learnt of, increasing; None, for no option, is the last.
    """

    step: int
    opinion: int | None
    payoff: float
    shown: float
    memory: tuple[float | None, ...]
    before: int | None
    times: int = 0
    heard: int = 0
    told: tuple[Told, ...] = ()
    options: tuple[int | None, ...] = ()

    @property
    def switched(self) -> bool:
        """Whether it changed its option when it decided."""
        return self.times > 0 and self.opinion != self.before

    @property
    def silent(self) -> bool:
        """Whether it has a payoff and does not show it."""
        return self.shown == 0.0 and self.payoff > 0.0


class BeeHistory:
    """The moments of one bee, as far as they are known.

    Args:
        session: Whose bee it is.
        bee: The bee's index.

    Attributes:
        session, bee: The arguments.
        problem: Why earlier steps cannot be replayed, or "".
    """

    def __init__(self, session: Session, bee: int) -> None:
        """Begin without a moment."""
        self.session, self.bee, self.problem = session, bee, ""
        self._moments: dict[int, Moment] = {}

    def moments(self, last: int, length: int = LENGTH) -> list[Moment | None]:
        """The moments of the steps up to `last`, None for those that are not known."""
        return [self._moments.get(step) for step in _window(last, length)]

    def missing(self, last: int, length: int = LENGTH) -> list[int]:
        """The steps up to `last` whose moments are not known, increasing."""
        return [step for step in _window(last, length) if step not in self._moments]

    def keep(self, moment: Moment | None) -> None:
        """Keep a moment, unless that of its step is known.

        Args:
            moment: What the bee did in a step; None changes nothing.
        """
        if moment is not None and moment.step not in self._moments:
            self._moments[moment.step] = moment
            if len(self._moments) > _MOST_KEPT:
                del self._moments[next(iter(self._moments))]  # the one that was kept first

    def fill(
        self,
        last: int,
        length: int = LENGTH,
        wanted: Callable[[], bool] = lambda: True,
        grown: Callable[[], None] = lambda: None,
    ) -> None:
        """Replay the steps up to `last` whose moments are not known.

        What goes wrong stands in `problem` afterwards.

        Args:
            last: The last step.
            length: The number of steps.
            wanted: Asked before each step; False ends it.
            grown: Called now and then, while there is more.
        """
        missing, told = self.missing(last, length), time.monotonic()
        if not missing:
            return
        try:
            for hive, *_ in self.session.walk(range(missing[0], missing[-1] + 1)):
                if not wanted():
                    return
                if hive.steps not in self._moments:
                    decision = hive.decision(self.bee) if hive.steps else None
                    self.keep(moment_of(hive, self.bee, decision))
                if time.monotonic() - told > _GROWN_EVERY:
                    told = time.monotonic()
                    grown()
        except (Exception, SystemExit) as error:  # of a rule that a user wrote
            known = isinstance(error, ValueError)
            self.problem = str(error) if known else f"{type(error).__name__}: {error}"


def bee_history(session: Session, bee: int, last: int, length: int = LENGTH) -> BeeHistory:
    """The history of one bee, complete for the steps up to `last`."""
    history = BeeHistory(session, bee)
    history.fill(last, length)
    return history


def moment_of(hive: Hive, bee: int, decision: Decision | None) -> Moment:
    """What one bee did in a hive's last step.

    Args:
        hive: The hive after the step.
        bee: The bee's index.
        decision: Its decision in the step; None before the first one.
    """
    k = hive.bandit.n_action
    size = hive.rules[hive.follows[bee]].memory_size(k)
    numbers = hive.memory[bee, : min(size, _MOST_NUMBERS)].tolist()
    memory = tuple(number if math.isfinite(number) else None for number in numbers)
    opinion = _held(int(hive.opinions[bee]), k)
    state = (hive.steps, opinion, float(hive.payoffs[bee]), float(hive.shown[bee]), memory)
    if decision is None or decision.times == 0:
        return Moment(*state, before=opinion)
    asked = decision.asked
    described = {each.bee: each.answer for each in asked if each.bee is not None}
    of_all = any(each.bee is None and each.question.startswith(_OF_NEIGHBOURS) for each in asked)
    told = tuple(
        Told(number, _held(int(answer.opinion), k), float(answer.payoff))
        for number, answer in described.items()
    )
    return Moment(
        *state,
        before=_held(int(decision.before.opinion), k),
        times=decision.times,
        heard=len(decision.heard) if of_all else len(told),
        told=told if len(told) <= _MOST_TOLD and not of_all else (),
        options=_options_of(asked, told),
    )


def _options_of(asked: Sequence[Asked], told: Sequence[Told]) -> tuple[int | None, ...]:
    """The options that the answers tell of."""
    options = {each.opinion for each in told}
    for each in asked:
        name, _, argument = each.question.removesuffix(")").partition("(")
        if name in ("neighbours.count_of", "neighbours.payoff_of") and each.answer > 0.0:
            options.add(int(argument))
    return tuple(sorted(options, key=lambda option: math.inf if option is None else option))


def _held(opinion: int, k: int) -> int | None:
    return None if opinion == k else opinion


def _window(last: int, length: int) -> range:
    return range(max(last - length + 1, 0), last + 1)
