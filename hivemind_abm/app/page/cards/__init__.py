"""The cards of the page: what each shows, and what it computes beside the run."""
