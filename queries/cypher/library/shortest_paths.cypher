// purpose: The shortest connections between two entities over any predicate in any direction: how are these related at all?
// parameters:
//   source (entity): one entity
//   target (entity): the other
//   limit (integer 1..100000) = 25: at most this many rows
// columns:
//   hops: steps of the connection, at most 5
//   path: names along it
//   entities: their ids
//   steps: predicate of each step, with the way it points
//   statements: id of the statement of each step
//   beliefs: belief of each statement
//   statuses: status of each statement
// example: source=mesh:D008094 target=mesh:D011141

// No filter on belief or status here: a filter on the relationships is applied while searching by one
// engine and afterwards by the other, which gives different paths.
MATCH (a:Entity {id: $source}), (b:Entity {id: $target})
WHERE $source <> $target
MATCH p = shortestPath((a)-[:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS|ASSOCIATED_WITH|BINDS|INTERACTS_WITH*1..5]-(b))
WITH a, b, length(p) AS hops
CALL (a, b, hops) {
  // between hubs these two are much cheaper than a search for all shortest paths
  WITH a, b, hops WHERE hops = 1
  MATCH (a)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS|ASSOCIATED_WITH|BINDS|INTERACTS_WITH]-(b)
  RETURN [a, b] AS ns, [r] AS rs
  UNION ALL
  WITH a, b, hops WHERE hops = 2
  MATCH (a)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS|ASSOCIATED_WITH|BINDS|INTERACTS_WITH]-(m:Entity)
        -[l:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS|ASSOCIATED_WITH|BINDS|INTERACTS_WITH]-(b)
  RETURN [a, m, b] AS ns, [r, l] AS rs
  UNION ALL
  WITH a, b, hops WHERE hops > 2
  MATCH p = allShortestPaths((a)-[:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS|ASSOCIATED_WITH|BINDS|INTERACTS_WITH*1..5]-(b))
  RETURN nodes(p) AS ns, relationships(p) AS rs
}
WITH ns, rs, [r IN rs | r.statement] AS statements
ORDER BY statements LIMIT $limit
RETURN size(rs) AS hops, [n IN ns | n.name] AS path, [n IN ns | n.id] AS entities,
       [i IN range(0, size(rs) - 1) |
         CASE WHEN type(rs[i]) IN ['ASSOCIATED_WITH', 'BINDS', 'INTERACTS_WITH'] THEN '-' + toLower(type(rs[i])) + '-'
              WHEN startNode(rs[i]).id = ns[i].id THEN '-' + toLower(type(rs[i])) + '->'
              ELSE '<-' + toLower(type(rs[i])) + '-' END] AS steps,
       statements, [r IN rs | r.belief] AS beliefs, [r IN rs | r.status] AS statuses
ORDER BY statements
