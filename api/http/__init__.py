"""HTTP by its RFCs, whatever the routes do.

Request ids, methods, preconditions, compression, deprecation.
"""
