"""The OpenAPI document: what FastAPI doesn't know of the routes, added to what it does."""
