"""The page that `hivemind app` shows: a hive, stepped through beside the learner it amounts to.

hivemind app my_rule.py
HIVEMIND_FILES=my_rule.py solara run visualizations/app.py
"""

import os

import solara

from hivemind_abm.app.page.page import HivePage
from hivemind_abm.app.page.users_files import Files

FILES = Files.of([path for path in os.environ.get("HIVEMIND_FILES", "").split(os.pathsep) if path])


@solara.component
def Page():
    HivePage(FILES)
