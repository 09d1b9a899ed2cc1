"""Every day ledger, bank and payouts are held against each other; people deal with what differs."""
