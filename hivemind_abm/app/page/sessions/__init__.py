"""What is watched, as plain data, and what is built from it: hives, games and learners."""
