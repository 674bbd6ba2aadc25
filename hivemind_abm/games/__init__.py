"""Populations that pay each other: games, who plays them, and what follows from them.

A game: the base class (`game`), the mean payoffs of each combination of options (`tensors`,
`draws`), a file for each kind of built-in game (`matrix`, `classic`, `iterated`, `congestion_game`)
and their names (`names`).  Playing it: a player's bandit is its seat (`seats`, with the compiled
passes `matches`, `tabulated` and `means`); hives and learners (`players`) and replicators
(`replicator_player`) make the steps of `playing`, many runs at once (`batch`; `flow` in continuous
time).  `seating` reads what users write for a player, `settings` the arguments of a `model`, and
`views` is what it shows.  Looking across: rules, learners and dynamics that see the other players
(`looking`, `looking_compiled`, `sight`, `across`, `game_dynamic`), LOLA among them
(`opponent_shaping`, `shaping_partners`).  What follows without bees: coupled replicators
(`coupled`), conserved quantities (`conserved`) and Nash equilibria (`equilibria`).  Outside agents:
`gymnasium_env`, `gymnasium_control`, `pettingzoo_env` and its parts, with `episodes`.  Not in here:
how bees and learners choose their options; the rooms of hives and learners do that.  A new game is
a frozen dataclass that extends `Game`, in a file here, and its class in the list in `names`.
"""
