"""What an option pays: the bandits, and runs of pulls that are stepped together.

In here: the base class (`bandit`), a file for each built-in bandit, their names (`names`), and the
passes over many runs in which options are pulled and a row is measured (`passes`, `batch`).  Not in
here: how the options are chosen; hives and learners do that.  A new bandit is a frozen dataclass
that extends `Bandit`, in a file here, and its class in the list in `names`.
"""
