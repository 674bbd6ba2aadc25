"""Policies: what a learner does with its pulls, and the learner equivalent to a hive.

In here: the base class (`learner`), the four learners of the paper (`cross_learning`) and their
names (`names`), what a learner can ask about its pulls (`pulls` in plain Python, `pulls_compiled`
in machine code), their records (`pulled`), many runs of a learner (`batch`), one run as a Mesa
model (`model`), the learner equivalent to a hive of any rule (`macro_agent`), and the rule that a
learner becomes (`local_rule`, `local_rule_reading`, `heard` and `heard_compiled`; `rule_file` and
`rule_file_source` write it down).  Not in here: the dynamic that a learner follows.  A new learner
is a frozen dataclass that extends `Learner`, in a file here, and its class in the list in `names`.
"""
