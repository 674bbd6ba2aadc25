"""The page that steps through a population: Solara components around one session.

`sessions` has what is watched, a hive with what runs beside it, a game or a learner: the choices,
plain data, and the session that is built from them.  `controls` change the choices; `cards` show
the session, with `charts` and pictures of the `bees`; `models` offers the gallery.  `state` holds
what happens on one page, `location` keeps the address of the browser the same, `page` puts the
parts together, and `serving` starts the server.  No law is here: the page shows what the session
and its model return.  A new card is a file with one component and a line in `cards.pictures`; a new
control is a line in its group, and the fields of a new rule, bandit or learner need none.
"""
