// purpose: Confounder candidates: entities that act on both the cause and the effect, each without passing through the other.
// parameters:
//   source (entity): the cause
//   target (entity): the effect
//   max_hops (integer 2..3) = 2: most steps of the two chains together; 3 allows one go-between
//   min_belief (float 0..1) = 0.05: leave out statements believed less than this
//   statuses (list of status) = ["asserted", "curated"]: which statements count; add "proposed" for those of algorithms
//   width (integer 1..2000) = 200: with go-betweens, how many of the strongest statements of one entity are followed; keeps hubs affordable
//   limit (integer 1..100000) = 100: at most this many rows
// columns:
//   entity: id of the common cause
//   name: its name
//   category: its Biolink category
//   hops: steps of the two chains together
//   sign: product of both chains: 1 pushes both the same way, -1 opposite ways, 0 not said
//   strength: product of all beliefs
//   to_source: names along the chain to the cause
//   to_target: names along the chain to the effect
//   statements: ids of all statements used
//   also_effect: true if the cause or the effect is stated to act back on it, so that adjusting for it may do harm
// example: source=mesh:D008094 target=mesh:D011141

CALL () {
  MATCH (a:Entity {id: $source})<-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]-(x:Entity)
        -[l:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(b:Entity {id: $target})
  WHERE r.belief >= $min_belief AND r.status IN $statuses
    AND l.belief >= $min_belief AND l.status IN $statuses
    AND x.id <> $source AND x.id <> $target
  RETURN x, 2 AS hops, r.sign * l.sign AS sign, r.belief * l.belief AS strength,
         [x.name, a.name] AS to_source, [x.name, b.name] AS to_target,
         [r.statement, l.statement] AS statements
  UNION ALL
  // a go-between on the way to the cause
  MATCH (a:Entity {id: $source})<-[q:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]-(m:Entity)
  WHERE $max_hops >= 3 AND q.belief >= $min_belief AND q.status IN $statuses AND m.id <> $target
  WITH a, q, m ORDER BY q.belief DESC, q.statement LIMIT $width
  CALL (m) {
    MATCH (m)<-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]-(x:Entity)
    WHERE r.belief >= $min_belief AND r.status IN $statuses AND x.id <> $source AND x.id <> $target
    RETURN x, r ORDER BY r.belief DESC, r.statement LIMIT $width
  }
  MATCH (x)-[l:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(b:Entity {id: $target})
  WHERE l.belief >= $min_belief AND l.status IN $statuses
  RETURN x, 3 AS hops, r.sign * q.sign * l.sign AS sign, r.belief * q.belief * l.belief AS strength,
         [x.name, m.name, a.name] AS to_source, [x.name, b.name] AS to_target,
         [r.statement, q.statement, l.statement] AS statements
  UNION ALL
  // a go-between on the way to the effect
  MATCH (b:Entity {id: $target})<-[q:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]-(m:Entity)
  WHERE $max_hops >= 3 AND q.belief >= $min_belief AND q.status IN $statuses AND m.id <> $source
  WITH b, q, m ORDER BY q.belief DESC, q.statement LIMIT $width
  CALL (m) {
    MATCH (m)<-[l:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]-(x:Entity)
    WHERE l.belief >= $min_belief AND l.status IN $statuses AND x.id <> $source AND x.id <> $target
    RETURN x, l ORDER BY l.belief DESC, l.statement LIMIT $width
  }
  MATCH (x)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(a:Entity {id: $source})
  WHERE r.belief >= $min_belief AND r.status IN $statuses
  RETURN x, 3 AS hops, r.sign * l.sign * q.sign AS sign, r.belief * l.belief * q.belief AS strength,
         [x.name, a.name] AS to_source, [x.name, m.name, b.name] AS to_target,
         [r.statement, l.statement, q.statement] AS statements
}
WITH x, hops, sign, strength, to_source, to_target, statements
ORDER BY hops, strength DESC, statements
WITH x, collect([hops, sign, strength, to_source, to_target, statements])[0] AS best
WITH x, best[0] AS hops, best[1] AS sign, best[2] AS strength, best[3] AS to_source,
     best[4] AS to_target, best[5] AS statements
ORDER BY hops, strength DESC, x.id LIMIT $limit
OPTIONAL MATCH (x)<-[k:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]-(back:Entity)
WHERE back.id IN [$source, $target] AND k.belief >= $min_belief AND k.status IN $statuses
WITH x, hops, sign, strength, to_source, to_target, statements, count(back) AS back
RETURN x.id AS entity, x.name AS name, x.category AS category, hops, sign,
       strength, to_source, to_target, statements, back > 0 AS also_effect
ORDER BY hops, strength DESC, entity
