"""The bees: as a honeycomb, as a network, and one of them with its history."""
