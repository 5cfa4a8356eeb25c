// purpose: Colliders: entities that both act on. Adjusting for one of them, or selecting on it, makes the two look related when they are not.
// parameters:
//   source (entity): one entity
//   target (entity): the other
//   min_belief (float 0..1) = 0.05: leave out statements believed less than this
//   statuses (list of status) = ["asserted", "curated"]: which statements count; add "proposed" for those of algorithms
//   limit (integer 1..100000) = 100: at most this many rows
// columns:
//   entity: id of the common effect
//   name: its name
//   category: its Biolink category
//   sign: product of both signs: 1 pushed the same way, -1 opposite ways, 0 not said
//   strength: product of both beliefs
//   source_predicate: how the first acts on it
//   target_predicate: how the second acts on it
//   statements: ids of both statements
// example: source=mesh:D008094 target=mesh:D011141

MATCH (a:Entity {id: $source})-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(x:Entity)
      <-[l:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]-(b:Entity {id: $target})
WHERE r.belief >= $min_belief AND r.status IN $statuses
  AND l.belief >= $min_belief AND l.status IN $statuses
  AND a.id <> b.id
WITH x, r, l, r.belief * l.belief AS strength
ORDER BY strength DESC, r.statement, l.statement
WITH x, collect([r.sign * l.sign, strength, toLower(type(r)), toLower(type(l)), r.statement, l.statement])[0] AS best
RETURN x.id AS entity, x.name AS name, x.category AS category,
       best[0] AS sign, best[1] AS strength, best[2] AS source_predicate, best[3] AS target_predicate,
       [best[4], best[5]] AS statements
ORDER BY strength DESC, entity
LIMIT $limit
