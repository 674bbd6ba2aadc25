"""The page that `hivemind app` shows: a hive, stepped through beside the learner it amounts to.

hivemind app my_rule.py
HIVEMIND_FILES=my_rule.py solara run visualizations/app.py
"""

import solara

from hivemind_abm.app.page.page import HivePage
from hivemind_abm.app.page.serving import paths_in_environment
from hivemind_abm.app.page.sessions.users_files import Files

FILES = Files.of(paths_in_environment())


@solara.component
def Page():
    HivePage(FILES)
