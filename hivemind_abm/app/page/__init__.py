"""The page that steps through a population: Solara components around one session.

A session (`session`) is one hive with replicators and a learner beside it; `choices` says what it
is built from, `users_files` what a user's files add to choose from.  `state` holds what happens on
one page, `page` puts its parts together, and each part has its own file: the controls (with the
rules of a mixed hive in `rule_rows`), the toolbar, and the pictures with one file per card.  Charts
are made in `chart` and the files that use it; the style sheet is `page.css`; `serving` starts the
server.  No law is here: the page shows what the session and its hive return.  A new card of the
page is a file with one component and a line in `pictures`; a new control is a line in `controls`,
and the fields of a new rule, bandit or learner need none.
"""
