"""Why something can't be done, in whole sentences: what is limited, missing or in the way."""
