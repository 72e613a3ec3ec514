"""The errors of what was approved and runs, or has run; the rest of the tree is in `errors`.

Conflict
├── PermitUnusable
│   ├── FingerprintMismatch
│   ├── StoppedSince
│   ├── PermitExpired
│   └── TooEarly
├── AlreadyRedeemed
├── Stopped
├── PolicyChanged
├── WorldChanged
├── OutcomeConflict
├── NotRunning
├── NotUnknown
├── AlreadySettled
├── MayHaveRun
├── CannotUndo
├── AskedByPerson
└── NotVerifiable             internal: there is no success to verify, or that was done

NotNow
└── WorldUnseen
    └── LookFirst             internal: the edge looks at the world, outside of the transaction, and comes again
"""

from __future__ import annotations

from webapp.domain.errors import Conflict, NotNow
from webapp.domain.handoff import Handoff


class PermitUnusable(Conflict):
    """The permit cannot be redeemed."""

    code = "permit_void"


class FingerprintMismatch(PermitUnusable):
    """The action about to run is not the one that was approved."""

    code = "fingerprint_mismatch"


class StoppedSince(PermitUnusable):
    """A stop came after this approval, so its permit is void; the handoff was routed afresh: read it again."""

    code = "stopped_since"
    keeps = True


class PermitExpired(PermitUnusable):
    """The approval's validity has ended; ask again."""

    code = "permit_expired"


class TooEarly(PermitUnusable):
    """The permit may not be redeemed yet."""

    code = "too_early"


class AlreadyRedeemed(Conflict):
    """The permit has been redeemed; what was approved runs once."""

    code = "already_redeemed"


class Stopped(Conflict):
    """A stop is in force; nothing starts until a person resumes."""

    code = "stopped"


class PolicyChanged(Conflict):
    """The policy is stricter now than when this was approved; it waits for people again."""

    code = "policy_changed"
    keeps = True


class WorldChanged(Conflict):
    """The world is not as the people saw it who approved this; it waits for them again."""

    code = "world_changed"
    keeps = True


class OutcomeConflict(Conflict):
    """Another outcome was reported before; a person will look at both."""

    code = "outcome_conflict"
    keeps = True


class NotRunning(Conflict):
    """There is no execution to report on; redeem the permit first."""

    code = "not_running"


class NotUnknown(Conflict):
    """Only a run of which nobody knows how it ended can be settled."""

    code = "not_unknown"


class AlreadySettled(Conflict):
    """Somebody has settled this already."""

    code = "already_settled"


class MayHaveRun(Conflict):
    """Only what did not run, as a person has settled it, can be asked for again."""

    code = "may_have_run"


class CannotUndo(Conflict):
    """Only what has run, and what the policy names an undo for, can be undone."""

    code = "cannot_undo"


class AskedByPerson(Conflict):
    """A person asked to undo this: its agent neither withdraws that nor puts another action in its place."""

    code = "asked_by_person"


class NotVerifiable(Conflict):
    """Only what is reported as a success can be verified, once."""

    code = "not_verifiable"


class WorldUnseen(NotNow):
    """What people saw could not be looked at again, so nothing has begun; the permit is still good."""

    code = "world_unseen"


class LookFirst(WorldUnseen):
    """What people saw must be looked at again before this begins."""

    code = "look_first"

    def __init__(self, handoff: Handoff) -> None:
        self.handoff = handoff
        super().__init__()
