"""Plain Python on a frozen dataclass, also as machine code, with one random stream for both.

In here: how a method becomes machine code (`loops`, with `source`, `fields`, `structs`, `vectors`;
`methods` for all that a batch calls), with Python's operators (`rewriting`, `exact`, `twins`), what
it was made from (`ingredients`), where that code is stored (`cache`), the random stream and its
seeds (`stream`, `seeds`), functions that give the same last digit in both modes (`portable_math`),
the row of a record and the Mesa model that collects rows (`rows`, `record`), threads and warnings
(`threads`, `notices`).  Only `numba_internals` uses private parts of Numba and llvmlite; only
`record` uses Mesa.  Not in here: bees, bandits, learners.
A new primitive of compiled code goes to `intrinsics`, a new random distribution to `stream`.
"""
