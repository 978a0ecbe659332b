"""The Discord bot: it translates between people in Discord and the use cases of `mentorship`.

It decides nothing itself.
"""
