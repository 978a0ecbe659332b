"""The months before the visitor arrives: sessions of people whom the visitor doesn't play."""
