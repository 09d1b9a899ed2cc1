"""Goods on their way back, and what takes their place."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from refunds import forms as dialogs
from refunds.actions.entry import Action
from refunds.goods import converting, freight, inspection, parcels, replacing, stopping
from refunds.models import State

PARCELS = [
    Action(
        "send_back",
        _("Note the waybill"),
        _("Return sent"),
        _("The buyer has sent the goods back; nobody waits for them longer than the policy says."),
        gettext_noop("The buyer has sent the goods back."),
        parcels.send_back,
        transitions=("receive",),
        permission="refunds.handle_return",
        form=dialogs.ReturnForm,
    ),
    Action(
        "receive",
        _("Note the arrival"),
        _("Return arrived"),
        _("The return parcel is here: the store's time to inspect it begins."),
        gettext_noop("The return parcel has arrived."),
        parcels.receive,
        transitions=("receive",),
        states=(State.INSPECTING,),
        permission="refunds.handle_return",
        form=dialogs.ArrivalForm,
        condition=parcels.on_its_way,
        style="is-primary",
        key="a",
    ),
    Action(
        "freight_payer",
        _("Change who pays the freight"),
        _("Freight payer changed"),
        _("Somebody else pays for the way back than whom the reason names."),
        gettext_noop("Somebody else pays the return freight."),
        freight.change_payer,
        states=(State.REQUESTED, State.AWAITING_RETURN, State.INSPECTING),
        permission="refunds.approve_refundcase",
        form=dialogs.FreightForm,
        condition=freight.goes_back,
    ),
]
INSPECTION = [
    Action(
        "accept_return",
        _("Inspect the return"),
        _("Return inspected"),
        _(
            "Write down what came back. Sound pieces go back into stock; what the buyer gets is fixed "
            "– or, where nothing is accepted, the return is rejected with a code."
        ),
        gettext_noop("The returned goods were inspected."),
        inspection.accept,
        transitions=("accept_return",),
        permission="refunds.handle_return",
        form=dialogs.InspectionForm,
        style="is-primary",
        key="a",
    ),
    Action(
        "inspect_later",
        _("Note what came back"),
        _("Return looked at afterwards"),
        _(
            "The case was decided before anybody looked. What the buyer gets stays; sound pieces go "
            "back into stock."
        ),
        gettext_noop("The returned goods were looked at after the decision."),
        inspection.inspect_later,
        states=(State.REVIEWED, State.REFUNDED, State.COMPENSATED),
        permission="refunds.handle_return",
        form=dialogs.PiecesForm,
        condition=inspection.unseen,
    ),
]
REPLACEMENT = [
    Action(
        "ship_replacement",
        _("Ship the replacement"),
        _("Replacement shipped"),
        _("Write down the parcel that is sent in exchange; it settles the case."),
        gettext_noop("The replacement was shipped."),
        replacing.ship,
        transitions=("compensate",),
        permission="refunds.handle_return",
        form=dialogs.ShipForm,
        condition=replacing.waits_for_parcel,
        style="is-primary",
    ),
    Action(
        "prepare_replacement",
        _("Promise a replacement"),
        _("Replacement promised"),
        _("Take the pieces out of stock for this buyer: the same article or a variant."),
        gettext_noop("A replacement was promised."),
        replacing.prepare,
        states=(State.AWAITING_RETURN, State.INSPECTING, State.REVIEWED),
        permission="refunds.handle_return",
        form=dialogs.PrepareForm,
        condition=replacing.waits_for_promise,
        style="is-primary",
    ),
    Action(
        "cancel_replacement",
        _("Cancel the replacement"),
        _("Replacement cancelled"),
        _("What was promised goes back into stock. The case waits for another way."),
        gettext_noop("The replacement was cancelled."),
        replacing.cancel,
        states=(State.AWAITING_RETURN, State.INSPECTING, State.REVIEWED),
        permission="refunds.handle_return",
        form=dialogs.RequiredNoteForm,
        condition=replacing.waits_for_parcel,
    ),
]
STOPPING = [
    Action(
        "note_stopped",
        _("Note what became of the parcel"),
        _("Parcel's fate noted"),
        _("The goods were refunded before they arrived: were they stopped, or is it too late?"),
        gettext_noop("It was found out whether the goods could be stopped."),
        stopping.note,
        states=stopping.APPROVED,
        permission="refunds.handle_return",
        form=dialogs.StoppedForm,
        condition=stopping.may_be_stopped,
    ),
]
ACTIONS = [
    *PARCELS,
    *STOPPING,
    *INSPECTION,
    *REPLACEMENT,
    Action(
        "convert",
        _("Turn into another kind"),
        _("Turned into another kind"),
        _(
            "As the buyer agrees: money instead of an exchange, no return after all, or the other way "
            "round. What becomes money has to be left of what was paid."
        ),
        gettext_noop("The case became one of another kind."),
        converting.convert,
        states=(State.REQUESTED, State.AWAITING_RETURN, State.INSPECTING, State.REVIEWED),
        permission="refunds.approve_refundcase",
        form=dialogs.ConvertForm,
        condition=converting.can_convert,
    ),
]
