"""Words for moderators and operators."""
