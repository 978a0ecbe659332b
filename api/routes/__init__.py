"""The calls, by what they are about. Each translates and hands over."""
