// purpose: What drives an entity: everything with a chain of causal statements into it, nearest and strongest first.
// parameters:
//   entity (entity): the entity that is driven
//   max_hops (integer 1..3) = 2: the longest chain
//   min_belief (float 0..1) = 0.05: leave out statements believed less than this
//   statuses (list of status) = ["asserted", "curated"]: which statements count; add "proposed" for those of algorithms
//   width (integer 1..2000) = 200: how many of the strongest statements of one entity, and of the strongest chains of one length, are followed further; keeps hubs affordable
//   limit (integer 1..100000) = 100: at most this many rows
// columns:
//   entity: id of the driver
//   name: its name
//   category: its Biolink category
//   hops: steps of the shortest chain found
//   sign: product of the signs along the chain: 1 raises, -1 lowers, 0 not said
//   strength: product of the beliefs along the chain
//   path: names along the strongest chain of that length, cause first
//   statements: ids of the statements along it
// example: entity=mesh:D011141 max_hops=2

// Of each length the best chain to each entity is kept and only the strongest are followed, so
// the work grows with the width and not with the number of paths.
CALL () {
  // 1 step
  MATCH (e:Entity {id: $entity}) WHERE $max_hops >= 1
  WITH e AS y, 1.0 AS strength, 1 AS sign, [] AS statements, [e.name] AS names
  CALL (y) {
    MATCH (x:Entity)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(y)
    WHERE r.belief >= $min_belief AND r.status IN $statuses AND x.id <> $entity
    RETURN x, r ORDER BY r.belief DESC, r.statement LIMIT $width
  }
  WITH x, strength * r.belief AS strength, sign * r.sign AS sign,
       [r.statement] + statements AS statements, [x.name] + names AS names
  ORDER BY strength DESC, statements
  WITH x, collect([strength, sign, statements, names])[0] AS best
  WITH x AS y, best[0] AS strength, best[1] AS sign, best[2] AS statements, best[3] AS names
  ORDER BY strength DESC, statements LIMIT $width
  RETURN y, 1 AS hops, strength, sign, statements, names
  UNION ALL
  // 2 steps
  MATCH (e:Entity {id: $entity}) WHERE $max_hops >= 2
  WITH e AS y, 1.0 AS strength, 1 AS sign, [] AS statements, [e.name] AS names
  CALL (y) {
    MATCH (x:Entity)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(y)
    WHERE r.belief >= $min_belief AND r.status IN $statuses AND x.id <> $entity
    RETURN x, r ORDER BY r.belief DESC, r.statement LIMIT $width
  }
  WITH x, strength * r.belief AS strength, sign * r.sign AS sign,
       [r.statement] + statements AS statements, [x.name] + names AS names
  ORDER BY strength DESC, statements
  WITH x, collect([strength, sign, statements, names])[0] AS best
  WITH x AS y, best[0] AS strength, best[1] AS sign, best[2] AS statements, best[3] AS names
  ORDER BY strength DESC, statements LIMIT $width
  CALL (y) {
    MATCH (x:Entity)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(y)
    WHERE r.belief >= $min_belief AND r.status IN $statuses AND x.id <> $entity
    RETURN x, r ORDER BY r.belief DESC, r.statement LIMIT $width
  }
  WITH x, strength * r.belief AS strength, sign * r.sign AS sign,
       [r.statement] + statements AS statements, [x.name] + names AS names
  ORDER BY strength DESC, statements
  WITH x, collect([strength, sign, statements, names])[0] AS best
  WITH x AS y, best[0] AS strength, best[1] AS sign, best[2] AS statements, best[3] AS names
  ORDER BY strength DESC, statements LIMIT $width
  RETURN y, 2 AS hops, strength, sign, statements, names
  UNION ALL
  // 3 steps
  MATCH (e:Entity {id: $entity}) WHERE $max_hops >= 3
  WITH e AS y, 1.0 AS strength, 1 AS sign, [] AS statements, [e.name] AS names
  CALL (y) {
    MATCH (x:Entity)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(y)
    WHERE r.belief >= $min_belief AND r.status IN $statuses AND x.id <> $entity
    RETURN x, r ORDER BY r.belief DESC, r.statement LIMIT $width
  }
  WITH x, strength * r.belief AS strength, sign * r.sign AS sign,
       [r.statement] + statements AS statements, [x.name] + names AS names
  ORDER BY strength DESC, statements
  WITH x, collect([strength, sign, statements, names])[0] AS best
  WITH x AS y, best[0] AS strength, best[1] AS sign, best[2] AS statements, best[3] AS names
  ORDER BY strength DESC, statements LIMIT $width
  CALL (y) {
    MATCH (x:Entity)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(y)
    WHERE r.belief >= $min_belief AND r.status IN $statuses AND x.id <> $entity
    RETURN x, r ORDER BY r.belief DESC, r.statement LIMIT $width
  }
  WITH x, strength * r.belief AS strength, sign * r.sign AS sign,
       [r.statement] + statements AS statements, [x.name] + names AS names
  ORDER BY strength DESC, statements
  WITH x, collect([strength, sign, statements, names])[0] AS best
  WITH x AS y, best[0] AS strength, best[1] AS sign, best[2] AS statements, best[3] AS names
  ORDER BY strength DESC, statements LIMIT $width
  CALL (y) {
    MATCH (x:Entity)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(y)
    WHERE r.belief >= $min_belief AND r.status IN $statuses AND x.id <> $entity
    RETURN x, r ORDER BY r.belief DESC, r.statement LIMIT $width
  }
  WITH x, strength * r.belief AS strength, sign * r.sign AS sign,
       [r.statement] + statements AS statements, [x.name] + names AS names
  ORDER BY strength DESC, statements
  WITH x, collect([strength, sign, statements, names])[0] AS best
  WITH x AS y, best[0] AS strength, best[1] AS sign, best[2] AS statements, best[3] AS names
  ORDER BY strength DESC, statements LIMIT $width
  RETURN y, 3 AS hops, strength, sign, statements, names
}
WITH y, hops, strength, sign, statements, names ORDER BY hops, strength DESC, statements
WITH y, collect([hops, strength, sign, statements, names])[0] AS best
WITH y, best[0] AS hops, best[1] AS strength, best[2] AS sign, best[3] AS statements, best[4] AS names
RETURN y.id AS entity, y.name AS name, y.category AS category,
       hops, sign, strength, names AS path, statements
ORDER BY hops, strength DESC, entity
LIMIT $limit
