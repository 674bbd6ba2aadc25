"""The controls that the fields of rules, bandits and learners become."""

from hivemind_abm.app.page.fields import field_controls
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.hives.names import find_rule
from hivemind_abm.learners.names import find_learner


def test_controls_come_from_the_fields():
    def controls(part):
        return {field.name: (field.default, field.allowed) for field in field_controls(part)}

    assert controls(find_rule("wvoter")) == {"switch": ("bee", ("bee", "is_stoc", "is_det"))}
    assert controls(find_rule("majority")) == {"number_of_votes": ("inf", ())}
    assert controls(find_rule("success")) == {"deterministic": ("False", ("False", "True"))}
    assert list(controls(find_bandit("near one"))) == ["n_action", "gap"]
    assert list(controls(find_learner("MCL"))) == ["alpha", "alpha_baseline"]
