"""Codes of ISO 20022's external lists that banks answer with, in our words.

Reasons stay as the bank's code with English words behind it: that is what one asks the bank about.
"""

from collections.abc import Iterable

from backoffice.bulk.cells import MARKS

SETTLED, FAILED, PENDING, ACCEPTED = "settled", "failed", "pending", "accepted"

# What a status says about one payout. Money that may still move is pending: nothing is paid again for it.
STATUSES = {
    "ACSC": SETTLED,  # settled on our account
    "ACCC": SETTLED,  # settled on the creditor's account
    "RJCT": FAILED,
    "CANC": FAILED,  # called off before anything moved
    "ACSP": PENDING,  # settlement in process
    "ACTC": PENDING,  # technically valid
    "ACCP": PENDING,  # the customer's profile is in order
    "ACFC": PENDING,  # funds were checked
    "ACWC": PENDING,  # accepted with a change
    "ACWP": PENDING,  # accepted without posting
    "PATC": PENDING,  # partly authorised
    "PDNG": PENDING,
    "PEND": PENDING,
    "RCVD": PENDING,
    "BLCK": PENDING,  # held back; it may still move
}
# What a status says about a batch as a whole. Of a part (PART) it says nothing: the payouts are named.
WHOLE = {
    "ACSC": SETTLED,
    "ACCC": SETTLED,
    "RJCT": FAILED,
    "CANC": FAILED,
    "ACTC": ACCEPTED,
    "ACCP": ACCEPTED,
    "ACSP": ACCEPTED,
    "ACFC": ACCEPTED,
    "ACWC": ACCEPTED,
    "ACWP": ACCEPTED,
    "RCVD": PENDING,
    "PDNG": PENDING,
    "PEND": PENDING,
    "PATC": PENDING,
    "PART": "",
}
REASONS = {
    "AB05": "timeout at the creditor's bank",
    "AC01": "the account number is wrong",
    "AC02": "the debtor's account number is wrong",
    "AC03": "the creditor's account number is wrong",
    "AC04": "the account is closed",
    "AC06": "the account is blocked",
    "AC13": "the debtor's account is of the wrong type",
    "AC14": "the creditor's account is of the wrong type",
    "AG01": "transactions are forbidden on this account",
    "AG02": "the bank's operation code is wrong",
    "AM01": "the amount is zero",
    "AM02": "the amount is above what is allowed",
    "AM03": "this currency is not processed",
    "AM04": "funds are insufficient",
    "AM05": "this is a duplicate",
    "AM09": "the amount is not the one that was agreed",
    "AM10": "the control sum is wrong",
    "AM12": "the amount is not valid",
    "AM14": "the amount is above the limit that was agreed",
    "AM16": "the control sum of the group is wrong",
    "AM18": "the number of transactions is wrong",
    "BE01": "name and account do not belong together",
    "BE04": "the creditor's address is missing",
    "BE05": "the initiating party is not known",
    "BE06": "the customer is not known",
    "BE22": "the creditor's name is missing",
    "CH03": "the execution date is too far ahead",
    "CUST": "the customer asked for it",
    "DS02": "an authorised person has cancelled the order",
    "DT01": "the date is not valid",
    "DU01": "the message number was used before",
    "DU02": "the payment group's number was used before",
    "DU03": "the transaction was sent before",
    "DU04": "the end-to-end number was used before",
    "DUPL": "this is a duplicate",
    "ED05": "settlement failed",
    "FF01": "the file's format is not valid",
    "FF05": "the local instrument is not valid",
    "FOCR": "returned after a recall",
    "FRAD": "fraud",
    "MD07": "the customer has died",
    "MS02": "the customer gave no reason",
    "MS03": "the bank gave no reason",
    "NARR": "see the bank's words",
    "NOAS": "the customer did not answer",
    "RC01": "the bank code is wrong",
    "RC03": "the debtor's bank code is wrong",
    "RC04": "the creditor's bank code is wrong",
    "RR01": "the debtor's account number is missing, as regulation demands it",
    "RR02": "the debtor's name or address is missing, as regulation demands it",
    "RR03": "the creditor's name or address is missing, as regulation demands it",
    "RR04": "for reasons of regulation",
    "SL01": "a service of the debtor's bank stopped it",
    "SL02": "a service of the creditor's bank stopped it",
    "TA01": "the transmission was broken off",
    "TM01": "it came after the cut-off time",
}
LIMIT = 300  # characters that are kept


def told(codes: Iterable[str], words: Iterable[str]) -> str:
    """The bank's reasons as one text: each code with what it means, then the bank's own words.

    Nobody can mend a bank's message, so a mark that would make a formula of it is left out.
    """
    named = [f"{code}: {REASONS[code]}" if code in REASONS else code for code in codes if code]
    text = " – ".join([*named, *(word for word in words if word)])
    return " ".join(text.split()).lstrip(f"{MARKS} ")[:LIMIT]
