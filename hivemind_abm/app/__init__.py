"""What people see: the command line (`cli/`), the page (`page/`) and the figures (`figures/`).

Nothing here computes a result: each command, panel or figure asks a room above for its numbers and
shows them.  A new command goes to `cli/`, a new panel of the page to `page/`, and the drawing of a
new kind of result to `figures/`; a figure of a study is a file in `visualizations/figures/`.
"""
