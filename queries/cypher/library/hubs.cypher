// purpose: The entities with most statements.
// parameters:
//   category (category) = "": only this Biolink category; empty for all
//   limit (integer 1..100000) = 25: at most this many rows
// columns:
//   entity: its id
//   name: its name
//   category: its Biolink category
//   statements: statements it takes part in
//   as_subject: as subject
//   as_object: as object
// example: category=Gene limit=10

MATCH (e:Entity)
WHERE $category = '' OR e.category = $category
WITH e, COUNT { (e)<-[:SUBJECT]-(:Statement) } AS as_subject, COUNT { (e)<-[:OBJECT]-(:Statement) } AS as_object
WITH e, as_subject, as_object, as_subject + as_object AS statements
WHERE statements > 0
RETURN e.id AS entity, e.name AS name, e.category AS category, statements, as_subject, as_object
ORDER BY statements DESC, entity
LIMIT $limit
