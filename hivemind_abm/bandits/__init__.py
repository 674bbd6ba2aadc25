"""What an option pays: the bandits, and runs of pulls that are stepped together.

In here: the base class (`bandit`), the world that its methods get (`world`, `world_compiled`), a
file for each built-in bandit (those that change in `changing`) and their names (`names`).  Then
what many runs need: a bandit's methods in both modes (`passes`, `runner`), the order of a step and
the row that it measures (`stepping`), and the runs themselves (`batch`).  Not in here: how the
options are chosen; hives and learners do that.  A new bandit is a frozen dataclass that extends
`Bandit`, in a file here, and its class in the list in `names`.
"""
