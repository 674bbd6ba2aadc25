"""What can be chosen: a control for each field, in groups."""
