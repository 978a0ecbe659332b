"""Finding mentors: queries, the search index, ranking, and what members see of mentors."""
