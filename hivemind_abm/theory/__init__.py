"""What follows without a run: replicators, mean field, bifurcations, Markov chain, diffusion.

Dynamics are functions (shares, fitness) -> derivative in `dynamics` (those with a name beside TRD
and MRD are classes in `imitative` and `innovative`, listed in `dynamics.ALL_DYNAMICS`), and
`solvers` solve them.  `mean_field` measures what a rule does to an infinite hive and returns a
`field`, with `drift`, `fit`, `nearest` (with `known_fit`, `least_squares`), `fixed_points` and, for
several rules, `kinds`; `bifurcation` follows its fixed points.  `chain` says how a finite hive
ends and returns a
`finite` hive, with `counts`, `one_step`, `sampling` and `absorption` for synchronous hives, and
`one_at_a_time`, `events` and `birth_death` for asynchronous ones; `diffusion` approximates it, with
`moments`.  `derivation` measures the rule that a learner becomes, and returns a `derived` result,
with `learner_steps`.  The closed-form chances of a rule stand on the rule itself
(`ImitationRule.one_step_chances`).  Runs and their statistics are not here: they are in `studies`.
A new approximation of a hive is a file here with one function and its result.
"""
