"""Local imitation rules for bees: as Mesa agents, compiled, and as the learner the hive becomes.

All public names are here.  Each is loaded on first use, so that a rule can be defined without
loading Numba, pandas or Mesa.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hivemind_abm.bandits.bandit import Bandit
    from hivemind_abm.bandits.changing import BanditRandomWalk, BanditSwitching
    from hivemind_abm.bandits.congestion import BanditCongestion
    from hivemind_abm.bandits.linear import BanditLinear
    from hivemind_abm.bandits.sigmoid import BanditSigmoid
    from hivemind_abm.bandits.world import World
    from hivemind_abm.contract.bandits import check_bandit
    from hivemind_abm.contract.games import check_game
    from hivemind_abm.contract.learners import check_learner
    from hivemind_abm.contract.rules import check_rule
    from hivemind_abm.engine.portable_math import exp, log
    from hivemind_abm.engine.seeds import run_seeds
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.games.conserved import conserved
    from hivemind_abm.games.coupled import CoupledReplicators
    from hivemind_abm.games.equilibria import nash_equilibria
    from hivemind_abm.games.game import Game
    from hivemind_abm.games.game_dynamic import GameDynamic
    from hivemind_abm.games.looking import (
        GameLearner,
        GameRule,
    )
    from hivemind_abm.games.matrix import MatrixGame
    from hivemind_abm.games.model import GameModel
    from hivemind_abm.games.opponent_shaping import Lola
    from hivemind_abm.games.shaping_partners import LolaDynamic, ParallelLola
    from hivemind_abm.hives.bees import BeeState
    from hivemind_abm.hives.derived_rules import (
        CrowdRule,
        PairwiseImitation,
        PolicyGradientRule,
        ThinnedVoterRule,
    )
    from hivemind_abm.hives.derived_rules_weighing import (
        BestHeardRule,
        BoltzmannRule,
        LogitRule,
        SmithRule,
    )
    from hivemind_abm.hives.exploring import Exploring
    from hivemind_abm.hives.hive import Bee, Hive
    from hivemind_abm.hives.majority import MajorityRule as MajorityRule
    from hivemind_abm.hives.neighbours import Neighbours
    from hivemind_abm.hives.rules import (
        ImitationOfSuccess,
        ImitationRule,
        WeightedVoterRule,
    )
    from hivemind_abm.learners.cross_learning import (
        CrossLearning,
        MaynardCrossLearning,
        ParallelCrossLearning,
        ParallelMaynardCrossLearning,
    )
    from hivemind_abm.learners.learner import Learner
    from hivemind_abm.learners.local_rule import LocalRule
    from hivemind_abm.learners.macro_agent import MacroAgent
    from hivemind_abm.learners.model import LearnerModel
    from hivemind_abm.learners.pulled import Pull
    from hivemind_abm.learners.pulls import Pulls
    from hivemind_abm.studies.claims import Claim, Estimate, Verification, estimate, verify
    from hivemind_abm.studies.comparison import Comparison, compare
    from hivemind_abm.studies.distance import Distance, distance
    from hivemind_abm.studies.ensemble import ensemble
    from hivemind_abm.studies.labelled import as_xarray
    from hivemind_abm.studies.measures import (
        WrongConsensus,
        consensus_times,
        cumulative_regret,
        wrong_consensus,
    )
    from hivemind_abm.studies.players import PlayerComparison, compare_players
    from hivemind_abm.studies.recovery import recovery_times
    from hivemind_abm.studies.store import Store
    from hivemind_abm.studies.study import Study
    from hivemind_abm.theory.bifurcation import bifurcation
    from hivemind_abm.theory.chain import finite_hive
    from hivemind_abm.theory.cross_inhibition import CrossInhibition, critical_stop_signal
    from hivemind_abm.theory.derivation import derive
    from hivemind_abm.theory.derived import Derivation
    from hivemind_abm.theory.diffusion import Diffusion, diffusion
    from hivemind_abm.theory.dynamic import Dynamic
    from hivemind_abm.theory.dynamics import ALL_DYNAMICS, maynard, taylor
    from hivemind_abm.theory.field import MeanField
    from hivemind_abm.theory.finite import FiniteHive
    from hivemind_abm.theory.followed import Bifurcation
    from hivemind_abm.theory.imitative import (
        BoltzmannQ,
        ExponentialWeights,
        Fermi,
        PolicyGradient,
    )
    from hivemind_abm.theory.innovative import (
        BNN,
        BestResponse,
        Logit,
        Projection,
        ReplicatorMutator,
        Smith,
    )
    from hivemind_abm.theory.mean_field import mean_field
    from hivemind_abm.theory.replicator_model import ReplicatorModel
    from hivemind_abm.theory.solvers import closed_form, euler, solve

__all__ = [
    "ALL_DYNAMICS",
    "BNN",
    "Bandit",
    "BanditCongestion",
    "BanditLinear",
    "BanditRandomWalk",
    "BanditSigmoid",
    "BanditSwitching",
    "Bee",
    "BeeState",
    "BestHeardRule",
    "BestResponse",
    "Bifurcation",
    "BoltzmannQ",
    "BoltzmannRule",
    "Claim",
    "Comparison",
    "CoupledReplicators",
    "CrossInhibition",
    "CrossLearning",
    "CrowdRule",
    "Derivation",
    "Diffusion",
    "Distance",
    "Dynamic",
    "Estimate",
    "Exploring",
    "ExponentialWeights",
    "Fermi",
    "FiniteHive",
    "Game",
    "GameDynamic",
    "GameLearner",
    "GameModel",
    "GameRule",
    "Hive",
    "ImitationOfSuccess",
    "ImitationRule",
    "Learner",
    "LearnerModel",
    "LocalRule",
    "Logit",
    "LogitRule",
    "Lola",
    "LolaDynamic",
    "MacroAgent",
    "MajorityRule",
    "MatrixGame",
    "MaynardCrossLearning",
    "MeanField",
    "Neighbours",
    "PairwiseImitation",
    "ParallelCrossLearning",
    "ParallelLola",
    "ParallelMaynardCrossLearning",
    "PlayerComparison",
    "PolicyGradient",
    "PolicyGradientRule",
    "Projection",
    "Pull",
    "Pulls",
    "ReplicatorModel",
    "ReplicatorMutator",
    "Smith",
    "SmithRule",
    "Store",
    "Stream",
    "Study",
    "ThinnedVoterRule",
    "Verification",
    "WeightedVoterRule",
    "World",
    "WrongConsensus",
    "as_xarray",
    "bifurcation",
    "check_bandit",
    "check_game",
    "check_learner",
    "check_rule",
    "closed_form",
    "compare",
    "compare_players",
    "consensus_times",
    "conserved",
    "critical_stop_signal",
    "cumulative_regret",
    "derive",
    "diffusion",
    "distance",
    "ensemble",
    "estimate",
    "euler",
    "exp",
    "finite_hive",
    "log",
    "maynard",
    "mean_field",
    "nash_equilibria",
    "recovery_times",
    "run_seeds",
    "solve",
    "taylor",
    "verify",
    "wrong_consensus",
]

_HOMES = {  # where each name is defined
    "bandits.bandit": ("Bandit",),
    "bandits.changing": ("BanditRandomWalk", "BanditSwitching"),
    "bandits.congestion": ("BanditCongestion",),
    "bandits.linear": ("BanditLinear",),
    "bandits.sigmoid": ("BanditSigmoid",),
    "bandits.world": ("World",),
    "contract.bandits": ("check_bandit",),
    "contract.games": ("check_game",),
    "contract.learners": ("check_learner",),
    "contract.rules": ("check_rule",),
    "engine.portable_math": ("exp", "log"),
    "engine.seeds": ("run_seeds",),
    "engine.stream": ("Stream",),
    "games.conserved": ("conserved",),
    "games.coupled": ("CoupledReplicators",),
    "games.equilibria": ("nash_equilibria",),
    "games.game": ("Game",),
    "games.matrix": ("MatrixGame",),
    "games.model": ("GameModel",),
    "hives.bees": ("BeeState",),
    "games.game_dynamic": ("GameDynamic",),
    "games.looking": ("GameLearner", "GameRule"),
    "games.opponent_shaping": ("Lola",),
    "games.shaping_partners": ("LolaDynamic", "ParallelLola"),
    "hives.derived_rules": (
        "CrowdRule",
        "PairwiseImitation",
        "PolicyGradientRule",
        "ThinnedVoterRule",
    ),
    "hives.derived_rules_weighing": ("BestHeardRule", "BoltzmannRule", "LogitRule", "SmithRule"),
    "hives.exploring": ("Exploring",),
    "hives.hive": ("Bee", "Hive"),
    "hives.neighbours": ("Neighbours",),
    "hives.majority": ("MajorityRule",),
    "hives.rules": ("ImitationOfSuccess", "ImitationRule", "WeightedVoterRule"),
    "learners.cross_learning": (
        "CrossLearning",
        "MaynardCrossLearning",
        "ParallelCrossLearning",
        "ParallelMaynardCrossLearning",
    ),
    "learners.learner": ("Learner",),
    "learners.local_rule": ("LocalRule",),
    "learners.macro_agent": ("MacroAgent",),
    "learners.model": ("LearnerModel",),
    "learners.pulled": ("Pull",),
    "learners.pulls": ("Pulls",),
    "studies.claims": ("Claim", "Estimate", "Verification", "estimate", "verify"),
    "studies.comparison": ("Comparison", "compare"),
    "studies.distance": ("Distance", "distance"),
    "studies.ensemble": ("ensemble",),
    "studies.labelled": ("as_xarray",),
    "studies.measures": (
        "WrongConsensus",
        "consensus_times",
        "cumulative_regret",
        "wrong_consensus",
    ),
    "studies.players": ("PlayerComparison", "compare_players"),
    "studies.recovery": ("recovery_times",),
    "studies.store": ("Store",),
    "studies.study": ("Study",),
    "theory.bifurcation": ("bifurcation",),
    "theory.chain": ("finite_hive",),
    "theory.cross_inhibition": ("CrossInhibition", "critical_stop_signal"),
    "theory.derivation": ("derive",),
    "theory.derived": ("Derivation",),
    "theory.diffusion": ("Diffusion", "diffusion"),
    "theory.dynamic": ("Dynamic",),
    "theory.dynamics": ("ALL_DYNAMICS", "maynard", "taylor"),
    "theory.field": ("MeanField",),
    "theory.finite": ("FiniteHive",),
    "theory.followed": ("Bifurcation",),
    "theory.imitative": ("BoltzmannQ", "ExponentialWeights", "Fermi", "PolicyGradient"),
    "theory.innovative": (
        "BNN",
        "BestResponse",
        "Logit",
        "Projection",
        "ReplicatorMutator",
        "Smith",
    ),
    "theory.mean_field": ("mean_field",),
    "theory.replicator_model": ("ReplicatorModel",),
    "theory.solvers": ("closed_form", "euler", "solve"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that defines it (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, whether they are loaded yet or not."""
    return [*globals(), *__all__]
