// purpose: Chains of causal statements from a cause to an effect, shortest and strongest first.
// parameters:
//   source (entity): the cause
//   target (entity): the effect
//   max_hops (integer 1..4) = 3: the longest chain
//   min_belief (float 0..1) = 0.05: leave out statements believed less than this
//   statuses (list of status) = ["asserted", "curated"]: which statements count; add "proposed" for those of algorithms
//   width (integer 1..2000) = 200: how many of the strongest statements of one entity, and of the strongest chains of one length, are followed further; keeps hubs affordable; the last two steps are always complete
//   limit (integer 1..100000) = 25: at most this many rows
// columns:
//   hops: steps of the chain
//   sign: product of the signs along the chain: 1 raises, -1 lowers, 0 not said
//   strength: product of the beliefs along the chain
//   path: names along the chain, cause first
//   entities: their ids
//   predicates: predicate of each step
//   statements: id of the statement of each step
// example: source=mesh:D008094 target=mesh:D011141

CALL () {
  // 1 step
  MATCH (a:Entity {id: $source})-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(b:Entity {id: $target})
  WHERE r.belief >= $min_belief AND r.status IN $statuses
  RETURN [a.id, b.id] AS entities, [a.name, b.name] AS names, [toLower(type(r))] AS predicates,
         [r.statement] AS statements, r.sign AS sign, 1.0 * r.belief AS strength
  UNION ALL
  // 2 steps
  MATCH (a:Entity {id: $source}) WHERE $max_hops >= 2
  WITH a AS y, [a.id] AS entities, [a.name] AS names, [] AS predicates, [] AS statements,
       1 AS sign, 1.0 AS strength
  MATCH (y)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(m:Entity)
        -[l:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(b:Entity {id: $target})
  WHERE r.belief >= $min_belief AND r.status IN $statuses
    AND l.belief >= $min_belief AND l.status IN $statuses
    AND m.id <> $target AND NOT m.id IN entities
  RETURN entities + [m.id, b.id] AS entities, names + [m.name, b.name] AS names,
         predicates + [toLower(type(r)), toLower(type(l))] AS predicates,
         statements + [r.statement, l.statement] AS statements,
         sign * r.sign * l.sign AS sign, strength * r.belief * l.belief AS strength
  ORDER BY strength DESC, statements LIMIT $limit
  UNION ALL
  // 3 steps
  MATCH (a:Entity {id: $source}) WHERE $max_hops >= 3
  WITH a AS y, [a.id] AS entities, [a.name] AS names, [] AS predicates, [] AS statements,
       1 AS sign, 1.0 AS strength
  CALL (y) {
    MATCH (y)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(x:Entity)
    WHERE r.belief >= $min_belief AND r.status IN $statuses
      AND x.id <> $source AND x.id <> $target
    RETURN x, r ORDER BY r.belief DESC, r.statement LIMIT $width
  }
  WITH x, r, entities, names, predicates, statements, sign, strength
  WHERE NOT x.id IN entities
  WITH x AS y, entities + [x.id] AS entities, names + [x.name] AS names,
       predicates + [toLower(type(r))] AS predicates, statements + [r.statement] AS statements,
       sign * r.sign AS sign, strength * r.belief AS strength
  ORDER BY strength DESC, statements LIMIT $width
  MATCH (y)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(m:Entity)
        -[l:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(b:Entity {id: $target})
  WHERE r.belief >= $min_belief AND r.status IN $statuses
    AND l.belief >= $min_belief AND l.status IN $statuses
    AND m.id <> $target AND NOT m.id IN entities
  RETURN entities + [m.id, b.id] AS entities, names + [m.name, b.name] AS names,
         predicates + [toLower(type(r)), toLower(type(l))] AS predicates,
         statements + [r.statement, l.statement] AS statements,
         sign * r.sign * l.sign AS sign, strength * r.belief * l.belief AS strength
  ORDER BY strength DESC, statements LIMIT $limit
  UNION ALL
  // 4 steps
  MATCH (a:Entity {id: $source}) WHERE $max_hops >= 4
  WITH a AS y, [a.id] AS entities, [a.name] AS names, [] AS predicates, [] AS statements,
       1 AS sign, 1.0 AS strength
  CALL (y) {
    MATCH (y)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(x:Entity)
    WHERE r.belief >= $min_belief AND r.status IN $statuses
      AND x.id <> $source AND x.id <> $target
    RETURN x, r ORDER BY r.belief DESC, r.statement LIMIT $width
  }
  WITH x, r, entities, names, predicates, statements, sign, strength
  WHERE NOT x.id IN entities
  WITH x AS y, entities + [x.id] AS entities, names + [x.name] AS names,
       predicates + [toLower(type(r))] AS predicates, statements + [r.statement] AS statements,
       sign * r.sign AS sign, strength * r.belief AS strength
  ORDER BY strength DESC, statements LIMIT $width
  CALL (y) {
    MATCH (y)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(x:Entity)
    WHERE r.belief >= $min_belief AND r.status IN $statuses
      AND x.id <> $source AND x.id <> $target
    RETURN x, r ORDER BY r.belief DESC, r.statement LIMIT $width
  }
  WITH x, r, entities, names, predicates, statements, sign, strength
  WHERE NOT x.id IN entities
  WITH x AS y, entities + [x.id] AS entities, names + [x.name] AS names,
       predicates + [toLower(type(r))] AS predicates, statements + [r.statement] AS statements,
       sign * r.sign AS sign, strength * r.belief AS strength
  ORDER BY strength DESC, statements LIMIT $width
  MATCH (y)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(m:Entity)
        -[l:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(b:Entity {id: $target})
  WHERE r.belief >= $min_belief AND r.status IN $statuses
    AND l.belief >= $min_belief AND l.status IN $statuses
    AND m.id <> $target AND NOT m.id IN entities
  RETURN entities + [m.id, b.id] AS entities, names + [m.name, b.name] AS names,
         predicates + [toLower(type(r)), toLower(type(l))] AS predicates,
         statements + [r.statement, l.statement] AS statements,
         sign * r.sign * l.sign AS sign, strength * r.belief * l.belief AS strength
  ORDER BY strength DESC, statements LIMIT $limit
}
RETURN size(statements) AS hops, sign, strength, names AS path, entities, predicates, statements
ORDER BY hops, strength DESC, statements
LIMIT $limit
