"""The demo: two merchants, three stores, seven people, and cases in every state. Seeded, idempotent."""
