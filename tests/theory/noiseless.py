"""Bandits without noise, as the closed forms need them."""

from hivemind_abm import BanditLinear


def steady(*q_star):
    """A bandit that pays just these rewards."""
    return BanditLinear(n_action=len(q_star), q_star=q_star, gap=0.0)
