"""The mechanism of languages: catalogues, translation, and the habits of CLDR."""
