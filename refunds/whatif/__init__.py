"""What if another policy had been in force: past cases replayed under a draft. It changes no case.

``draft`` says what differs, ``past`` reads what happened, ``desk`` decides it again under either
policy, ``running`` does that in the background, ``keeping`` lets it go on where it was killed.
"""
