"""Bees: the rule that each follows, the bees that it hears, a step of a hive, the Mesa model.

In here: the rules (`rules`) and their names (`names`), the kinds of neighbourhood (`neighbourhood`,
`networks`), what a bee can ask about its neighbours (`neighbours` in plain Python, `listening` and
`neighbours_compiled` in machine code), the records of a bee (`bees`), one step of a hive
(`updating`), many hives (`batch`), one hive as a Mesa model (`hive`, `settings`), and the reasons
of a bee's decision (`decision`).  Not in here: what an option pays, and the learner that a hive is.
A new rule is a frozen dataclass that extends `ImitationRule`, in `rules` or in a file here, and its
class in the list in `names`.
"""
