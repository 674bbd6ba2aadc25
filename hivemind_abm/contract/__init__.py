"""What any rule, bandit, learner or game must keep, for users' classes and this project's tests.

Here are the checks that `hivemind check FILE` runs, one file per kind of part: `rules`, `bandits`,
`learners`, `games` (with `payoffs`, what a game pays in each combination of options), and `across`
for rules and learners that look across a game.  `running`
holds what they share: runs in both modes, compared number for number, and the advice that follows
an error.  Not here: any particular rule, bandit, learner or game, and how results are printed
(`app/cli/check.py`).  A new promise of a part goes into the file of its kind, with the likely
mistake and the line to write in its error.
"""
