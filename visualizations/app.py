"""The page that `hivemind app` shows: a hive, stepped through beside the learner it amounts to.

hivemind app my_rule.py
HIVEMIND_FILES=my_rule.py solara run visualizations/app.py
"""

import os

import solara

from hivemind_abm.app.page.components import HivePage
from hivemind_abm.app.page.session import Files

FILES = Files.of([path for path in os.environ.get("HIVEMIND_FILES", "").split(os.pathsep) if path])


@solara.component
def Page():
    HivePage(FILES)
