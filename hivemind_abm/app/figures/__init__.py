"""Figures: how tables are drawn, and how a figure's study becomes files.

Here are the colours and the style of all figures, one file for each kind of picture (`panels`,
`comparison`, `mean_field`, `record`, `plane`), and what runs the study of a figure file (`cells`,
`game_cells`, `reproduction`).  No particular figure of the paper is here: those are files in
`visualizations/figures/`, loaded by path as a user's own figure file is.  No number is computed
here: the rooms above do that.  The drawing of a new kind of result goes into its own file beside
`comparison`; a new kind of panel that figure files can use goes into `panels`; a new figure is one
file in `visualizations/figures/`.
"""
