"""What became of something a person asked for."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of something a person asked for."""

    DONE = "done"
    #: It will be decided when Reka has answered.
    NOTED = "noted"
    TOO_LATE = "too_late"
    NOT_YOURS = "not_yours"
    #: What was typed is no id.
    NO_ID = "no_id"
    #: Only named people may spend slots.
    MAY_NOT_SPEND = "may_not_spend"
    #: Only those named people may set a channel's preset.
    MAY_NOT_SET = "may_not_set"
    #: Only those who run Reel may do that.
    MAY_NOT_RULE = "may_not_rule"
    #: There is nothing that could be asked again.
    NO_ASK = "no_ask"
    #: What was asked where something was offered is not known any more.
    OFFER_GONE = "offer_gone"
