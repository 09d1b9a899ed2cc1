"""Batches: payouts put together, sealed, signed by others, handed out to the bank – or made void."""
