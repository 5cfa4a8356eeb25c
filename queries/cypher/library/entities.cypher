// purpose: Entities whose id, name or a synonym contains a text, ignoring case; whole matches first, then the best connected.
// parameters:
//   text (string): what to look for
//   category (category) = "": only this Biolink category; empty for all
//   limit (integer 1..100000) = 25: at most this many rows
// columns:
//   entity: its id
//   name: its name
//   category: its Biolink category
//   match: exact (id, name or synonym) or part
//   synonyms: its other names
//   statements: statements it takes part in
// example: text=lithium

MATCH (e:Entity)
WHERE $category = '' OR e.category = $category
WITH e, toLower($text) AS wanted, [n IN [e.id, e.name] + coalesce(e.synonyms, []) | toLower(n)] AS known
WHERE any(n IN known WHERE n CONTAINS wanted)
WITH e, wanted IN known AS exact, COUNT { (e)<-[:SUBJECT|OBJECT]-(:Statement) } AS statements
RETURN e.id AS entity, e.name AS name, e.category AS category,
       CASE WHEN exact THEN 'exact' ELSE 'part' END AS match, coalesce(e.synonyms, []) AS synonyms, statements
ORDER BY match, statements DESC, entity
LIMIT $limit
