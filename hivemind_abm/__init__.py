"""Local imitation rules for bees: as Mesa agents, at machine speed, and as the reinforcement learner the hive becomes."""

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.congestion import BanditCongestion
from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.bandits.sigmoid import BanditSigmoid
from hivemind_abm.contract import check_bandit, check_learner, check_rule
from hivemind_abm.engine.portable_math import exp, log
from hivemind_abm.engine.seeds import run_seeds
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.hive import Bee, Hive
from hivemind_abm.hives.neighbours import BeeState, Neighbours
from hivemind_abm.hives.rules import (
    ImitationOfSuccess,
    ImitationRule,
    MajorityRule,
    WeightedVoterRule,
)
from hivemind_abm.learners.cross_learning import (
    CrossLearning,
    MaynardCrossLearning,
    ParallelCrossLearning,
    ParallelMaynardCrossLearning,
)
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.macro_agent import MacroAgent
from hivemind_abm.learners.model import LearnerModel, ReplicatorModel
from hivemind_abm.learners.pulls import Pull, Pulls
from hivemind_abm.studies.comparison import Comparison, compare
from hivemind_abm.studies.ensemble import ensemble
from hivemind_abm.studies.measures import (
    Distance,
    WrongConsensus,
    consensus_times,
    cumulative_regret,
    distance,
    wrong_consensus,
)
from hivemind_abm.studies.store import Store
from hivemind_abm.studies.study import Study
from hivemind_abm.theory.chain import Diffusion, FiniteHive, diffusion, finite_hive
from hivemind_abm.theory.dynamics import (
    CrossInhibition,
    closed_form,
    critical_stop_signal,
    euler,
    maynard,
    solve,
    taylor,
)
from hivemind_abm.theory.mean_field import MeanField, mean_field

__all__ = [
    "Bandit",
    "BanditCongestion",
    "BanditLinear",
    "BanditSigmoid",
    "Bee",
    "BeeState",
    "Comparison",
    "CrossInhibition",
    "CrossLearning",
    "Diffusion",
    "Distance",
    "FiniteHive",
    "Hive",
    "ImitationOfSuccess",
    "ImitationRule",
    "Learner",
    "LearnerModel",
    "MacroAgent",
    "MajorityRule",
    "MaynardCrossLearning",
    "MeanField",
    "Neighbours",
    "ParallelCrossLearning",
    "ParallelMaynardCrossLearning",
    "Pull",
    "Pulls",
    "ReplicatorModel",
    "Store",
    "Stream",
    "Study",
    "WeightedVoterRule",
    "WrongConsensus",
    "check_bandit",
    "check_learner",
    "check_rule",
    "closed_form",
    "compare",
    "consensus_times",
    "critical_stop_signal",
    "cumulative_regret",
    "diffusion",
    "distance",
    "ensemble",
    "euler",
    "exp",
    "finite_hive",
    "log",
    "maynard",
    "mean_field",
    "run_seeds",
    "solve",
    "taylor",
    "wrong_consensus",
]
