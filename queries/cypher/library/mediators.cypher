// purpose: What a cause acts through: entities it acts on that act on the effect. One row for each entity and each sign the two steps multiply to.
// parameters:
//   source (entity): the cause
//   target (entity): the effect
//   min_belief (float 0..1) = 0.05: leave out statements believed less than this
//   statuses (list of status) = ["asserted", "curated"]: which statements count; add "proposed" for those of algorithms
//   limit (integer 1..100000) = 100: at most this many rows
// columns:
//   entity: id of the mediator
//   name: its name
//   category: its Biolink category
//   first: predicate from the cause to it
//   second: predicate from it to the effect
//   sign: product of both signs: 1 raises the effect, -1 lowers it, 0 not said
//   strength: product of both beliefs
//   direct_sign: sign of the best believed direct statement from cause to effect; null if there is none
//   agrees: whether both signs agree; null if one is not said
//   statements: ids of both statements
// example: source=mesh:D008094 target=mesh:D011141

MATCH (a:Entity {id: $source}), (b:Entity {id: $target})
CALL (a, b) {
  OPTIONAL MATCH (a)-[d:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(b)
  WHERE d.belief >= $min_belief AND d.status IN $statuses
  RETURN d.sign AS direct_sign ORDER BY d.belief DESC, d.statement LIMIT 1
}
MATCH (a)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(x:Entity)
      -[l:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(b)
WHERE r.belief >= $min_belief AND r.status IN $statuses
  AND l.belief >= $min_belief AND l.status IN $statuses
  AND x.id <> $source AND x.id <> $target
WITH x, r, l, direct_sign, r.sign * l.sign AS sign, r.belief * l.belief AS strength
ORDER BY strength DESC, r.statement, l.statement
WITH x, direct_sign, sign,
     collect([strength, toLower(type(r)), toLower(type(l)), r.statement, l.statement])[0] AS best
ORDER BY best[0] DESC, x.id, sign LIMIT $limit
RETURN x.id AS entity, x.name AS name, x.category AS category,
       best[1] AS first, best[2] AS second, sign, best[0] AS strength, direct_sign,
       CASE WHEN direct_sign IS NULL OR direct_sign = 0 OR sign = 0 THEN null
            ELSE direct_sign = sign END AS agrees,
       [best[3], best[4]] AS statements
ORDER BY strength DESC, entity, sign
