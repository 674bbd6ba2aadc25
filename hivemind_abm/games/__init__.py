"""Populations that pay each other: games, and what follows from them.

In here: the base class (`game`), the mean payoffs of each combination of options (`tensors`,
`draws`), a file for each kind of built-in game (`matrix`, `classic`, `iterated`, `congestion_game`)
and their names (`names`).  Then the theory of the mean shares: coupled replicators (`coupled`),
conserved quantities (`conserved`) and Nash equilibria (`equilibria`).  Not in here: how bees and
learners choose their options; the rooms of hives and learners do that.  A new game is a frozen
dataclass that extends `Game`, in a file here, and its class in the list in `names`.
"""
