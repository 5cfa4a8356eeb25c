// purpose: The newest publications that something was read from.
// parameters:
//   since (integer 0..9999) = 0: published in this year or later
//   retracted (boolean) = false: only retracted ones
//   limit (integer 1..100000) = 100: at most this many rows
// columns:
//   publication: its id
//   year: year of publication
//   title: its title
//   journal: where it appeared
//   retracted: whether it was retracted
//   statements: statements it supports or contradicts
// example: since=2015

MATCH (p:Publication)
WHERE coalesce(p.year, 0) >= $since AND (NOT $retracted OR coalesce(p.retracted, false))
  AND EXISTS { (p)<-[:REPORTED_IN]-(:Evidence) }
WITH p ORDER BY coalesce(p.year, 0) DESC, p.id LIMIT $limit
OPTIONAL MATCH (p)<-[:REPORTED_IN]-(:Evidence)-[:SUPPORTS|CONTRADICTS]->(s:Statement)
WITH p, count(DISTINCT s) AS statements
RETURN p.id AS publication, p.year AS year, p.title AS title, p.journal AS journal,
       coalesce(p.retracted, false) AS retracted, statements
ORDER BY coalesce(p.year, 0) DESC, publication
