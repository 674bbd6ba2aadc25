"""The page that steps through a population: Solara components around one session.

A session (`sessions`) is what is stepped: a hive with replicators and a learner beside it
(`session`), a game (`game_session`), or a learner alone (`learner_session`; both are a
`model_session`).  Each has its choices, the plain data that it is built from; `users_files` and
`file_choices` say what a user's files ask for.  `state` holds what happens on one page, `page` puts
its parts together, and each part has its own file: the controls, the toolbar with its `status`, and
the pictures of each kind of session with one file per card.  Charts are made in `chart` and the
files that use it; `game_field` says what theory knows of a game's plane, `plane_chart` draws it.
The style sheet is `page.css`; `serving` starts the server.  No law is here: the page shows what the
session and its model return.  A new card of the page is a file with one component and a line in
`pictures`; a new control is a line in `controls`, and the fields of a new rule, bandit or learner
need none.
"""
