"""What follows without a run: replicators, mean field, Markov chain, diffusion.

Replicator dynamics are functions (shares, fitness) -> derivative in `dynamics` (a new one that
people choose by name is a function there and an entry in `DYNAMICS`; a larger one has its own file,
as `cross_inhibition` has), and `solvers` solve them.  `mean_field` measures what a rule does to an
infinite hive, with `drift`, `fit` and `fixed_points`.  `chain` and `diffusion` say how a finite
hive ends, with `counts`, `one_step` and `absorption`; the closed-form chances of a rule stand on
the rule itself (`ImitationRule.one_step_chances`).  Runs and their statistics are not here: they
are in `studies`.  A new approximation of a hive is a file here with one function and its result.
"""
