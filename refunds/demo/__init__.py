"""The demo: two merchants, three stores, nine people, and cases in every state. Seeded, idempotent."""
