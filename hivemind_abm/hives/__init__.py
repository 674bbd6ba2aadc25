"""Bees: the rule that each follows, the bees that it hears, a step of a hive, the Mesa model.

In here: the rules (`rules`, `majority`, `derived_rules`, `derived_rules_weighing`), any of them
with random options (`exploring`), their closed-form chances (`chances`) and names (`names`);
several rules in one hive (`mixture`) and how it starts (`starting`); the kinds of neighbourhood
(`neighbourhood`, `networks`); what a bee can ask about its neighbours (`neighbours` in plain
Python; `neighbours_struct`, `listening` and `neighbours_compiled` in machine code); the records of
a bee (`bees`).  One step of a hive is written in `updating`.  It runs in plain Python in
`interpreted`, and as machine code in `passes` (a rule's methods), `stepping` (the steps of many
hives) and `turns` (bees one at a time).  Then many hives (`batch`), one hive as a Mesa model
(`hive`, `settings`), and the reasons of a bee's decision (`decision`).  Not in here: what an option
pays, and the learner that a hive is.  A new rule is a frozen dataclass that extends
`ImitationRule`, in `rules` or in a file here, and its class in the list in `names`.
"""
