"""Cross-inhibition of nests: recruitment, abandonment and stop signals as a dynamic.

Knows: the equations and where their deadlock breaks.  Does not know: the bees that follow them (the
gallery's model `cross_inhibition` has those), nor how a dynamic is solved.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["CrossInhibition", "critical_stop_signal"]


@dataclass(frozen=True)
class CrossInhibition:
    """Cross-inhibition of K nests as a dynamic (shares, fitness) -> derivative.

    The last share, U, is that of the uncommitted bees:

        dx_a/dt = gamma_a U - alpha_a x_a + rho_a x_a U - sigma x_a (sum of the other nests' shares)

    and dU/dt is minus the sum of these.  The terms are discovery, abandonment, recruitment by
    dancers, and stop signals from bees committed to another nest.  With the values v_a = scale q_a,
    alpha_a = abandonment / v_a and rho_a = recruitment v_a.  (Seeley et al., Science 335, 2012;
    Pais et al., PLoS ONE 8, e73216, 2013; Reina et al., Phys. Rev. E 95, 052411, 2017.)

    Attributes:
        discovery: gamma_a, in 1 / time, one number per nest.
        abandonment: In 1 / time.
        recruitment: In 1 / time.
        stop_signal: sigma, in 1 / time.
        scale: The value of a nest whose reward is 1.
        delta: The time of one step.  One Euler step of 1 then corresponds to one step of a hive.
    """

    discovery: tuple[float, ...] = (4.0, 4.0)
    abandonment: float = 1.0
    recruitment: float = 1.0
    stop_signal: float = 1.0
    scale: float = 5.0
    delta: float = 0.05

    def __call__(self, shares: np.ndarray, fitness: np.ndarray) -> np.ndarray:
        """The change of the shares in one step.

        Args:
            shares: x and last U, shape (..., K + 1).
            fitness: The nests' rewards q, above 0, and last one number that is not used, shape
                (..., K + 1).

        Returns:
            delta times the derivative, shape (..., K + 1).  It sums to 0.
        """
        x, value = np.asarray(shares, float), self.scale * np.asarray(fitness, float)[..., :-1]
        nests, uncommitted = x[..., :-1], x[..., -1:]
        others = nests.sum(axis=-1, keepdims=True) - nests
        gain = (
            np.array(self.discovery) * uncommitted + self.recruitment * value * nests * uncommitted
        )
        loss = self.abandonment * nests / value + self.stop_signal * nests * others
        change = self.delta * (gain - loss)
        return np.concatenate([change, -change.sum(axis=-1, keepdims=True)], axis=-1)


def critical_stop_signal(value: float) -> float:
    """The stop signal sigma at which the deadlock between two nests of equal value breaks.

    It is 4 v^3 / (v^2 - 1)^2 for gamma = rho = v and alpha = 1 / v (Pais et al., PLoS ONE 8,
    e73216, 2013).

    Args:
        value: v, above 1.

    Raises:
        ValueError: A value of at most 1.
    """
    if not value > 1.0:
        raise ValueError(f"value must be above 1, not {value!r}: poorer nests keep no dancers")
    return 4.0 * value**3 / (value**2 - 1.0) ** 2
