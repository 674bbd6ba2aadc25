"""Many runs, measured.

Here are ensembles (many runs of one model), what is measured of their tables (distances, consensus,
regret, recovery after a change), comparisons of a hive with learners and replicators, comparisons
of the players of a game with other forms of them (`players`, `line_ups`), and parameter studies on
any executor, with their results in memory or on disk.  A summary holds all runs (`summary`), or
counts their values where they are very many (`streaming`, `tally`, `counted`).  How a model steps
is not here (`hives`, `learners`, `theory`, `games`), nor what a figure looks like (`app`).  A new
measure of a table goes into `measures`, a new kind of table of an ensemble into a file beside
`rows` and `summary` with its name in `ensemble.KEEPS`, a new system of a comparison into `systems`
as a classmethod, a new model that a study can run into `cells.MODELS`, and a new way to run units
of work into `executors`.
"""
