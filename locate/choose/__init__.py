"""Which address and postal product to write to: probability, value, reasons. The estimator is behind a protocol."""

from locate.choose.decide import choose, needs_a_person, screen
from locate.choose.model import Choice, DeliveryEstimator
from locate.choose.policy import ChoicePolicy, ChoiceTerms
from locate.choose.rule_estimator import RuleEstimator

__all__ = ["Choice", "ChoicePolicy", "ChoiceTerms", "DeliveryEstimator", "RuleEstimator", "choose", "needs_a_person", "screen"]
