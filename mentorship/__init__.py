"""What is allowed and what happens: the rules and use cases of mentorship.

Nothing in here knows Discord or HTTP. The modules of pure rules (`timezones`, `availability`,
`hours`, `phrases`, `lifecycle`, `pricing`) know no database and no clock either.
"""
