"""The demo: two merchants, three stores, ten people, and cases in every state. Seeded, idempotent."""
