"""Finding a mentor: queries, the search index, and what members see of mentors."""
