"""The command `hivemind`: one file per group of commands, options and handler side by side.

`main` is the entry point, with the list of all commands and the handling of errors.  `command` says
what a command is, `options` holds the options that several commands share, and `text` says how
values are printed.  A new command is a `Command` in one of the other files or in a new one, and one
line in `main.COMMANDS`.  What a command computes or draws is not here: it calls the room that does.
"""
