"""The transparency log: a Merkle tree over all history, sealed, signed, anchored outside, verified."""
