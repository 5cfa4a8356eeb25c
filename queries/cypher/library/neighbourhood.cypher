// purpose: What is stated about one entity, best believed first.
// parameters:
//   entity (entity): the entity
//   predicates (list of predicate) = []: only these predicates; empty for all
//   min_belief (float 0..1) = 0: leave out statements believed less than this
//   statuses (list of status) = ["asserted", "curated", "proposed"]: which statements to show
//   limit (integer 1..100000) = 100: at most this many rows
// columns:
//   direction: out, in, or both for a symmetric predicate
//   predicate: how they are related
//   neighbour: id of the other entity
//   name: its name
//   category: its Biolink category
//   sign: 1 raises, -1 lowers, 0 not said
//   belief: probability that the statement holds
//   status: where the statement stands
//   supporting: pieces of evidence for it
//   contradicting: pieces of evidence against it
//   statement: its id
// example: entity=mesh:D011141

MATCH (e:Entity {id: $entity})-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS|ASSOCIATED_WITH|BINDS|INTERACTS_WITH]-(o:Entity)
WHERE r.belief >= $min_belief AND r.status IN $statuses
  AND (size($predicates) = 0 OR toLower(type(r)) IN $predicates)
WITH e, r, o ORDER BY r.belief DESC, r.statement LIMIT $limit
MATCH (s:Statement {id: r.statement})
RETURN CASE WHEN type(r) IN ['ASSOCIATED_WITH', 'BINDS', 'INTERACTS_WITH'] THEN 'both'
            WHEN startNode(r).id = $entity THEN 'out' ELSE 'in' END AS direction,
       toLower(type(r)) AS predicate, o.id AS neighbour, o.name AS name,
       o.category AS category, r.sign AS sign, r.belief AS belief, r.status AS status,
       COUNT { (:Evidence)-[:SUPPORTS]->(s) } AS supporting,
       COUNT { (:Evidence)-[:CONTRADICTS]->(s) } AS contradicting, r.statement AS statement
ORDER BY belief DESC, statement
