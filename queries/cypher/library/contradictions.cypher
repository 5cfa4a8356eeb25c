// purpose: Where the evidence disagrees: opposite signs for one pair, or evidence both for and against one statement.
// parameters:
//   entity (entity) = "": only about this entity; empty for the whole graph
//   min_belief (float 0..1) = 0.05: for opposite signs: leave out statements believed less than this
//   statuses (list of status) = ["asserted", "curated", "proposed"]: which statements to show
//   limit (integer 1..100000) = 100: at most this many rows
// columns:
//   kind: opposite signs, or for and against
//   subject: id of the subject
//   subject_name: its name
//   object: id of the object
//   object_name: its name
//   statement: id of the statement (of the best believed one that raises)
//   predicate: its predicate
//   belief: its belief
//   supporting: evidence for it, retracted publications left out
//   against: id of the best believed statement that lowers, or of the same statement
//   against_predicate: its predicate
//   against_belief: its belief; for one and the same statement, of that
//   contradicting: evidence for that, or against the same statement, retracted publications left out
// example: entity=mesh:D011141

CALL () {
  CALL () {
    MATCH (s:Statement) WHERE $entity = '' RETURN s
    UNION ALL
    MATCH (:Entity {id: $entity})<-[:SUBJECT|OBJECT]-(s:Statement) RETURN s
  }
  WITH s WHERE s.sign <> 0 AND s.belief >= $min_belief AND s.status IN $statuses
  WITH s.subject AS subject, s.object AS object, s ORDER BY s.belief DESC, s.id
  WITH subject, object, collect(CASE WHEN s.sign > 0 THEN s END)[0] AS s,
       collect(CASE WHEN s.sign < 0 THEN s END)[0] AS t
  WHERE s IS NOT NULL AND t IS NOT NULL
  WITH s, t, CASE WHEN s.belief < t.belief THEN s.belief ELSE t.belief END AS least
  ORDER BY least DESC, s.id LIMIT $limit
  CALL (s) {
    OPTIONAL MATCH (s)<-[:SUPPORTS]-(v:Evidence)
    OPTIONAL MATCH (v)-[:REPORTED_IN]->(p:Publication)
    RETURN sum(CASE WHEN v IS NULL OR coalesce(p.retracted, false) THEN 0 ELSE 1 END) AS supporting
  }
  CALL (t) {
    OPTIONAL MATCH (t)<-[:SUPPORTS]-(v:Evidence)
    OPTIONAL MATCH (v)-[:REPORTED_IN]->(p:Publication)
    RETURN sum(CASE WHEN v IS NULL OR coalesce(p.retracted, false) THEN 0 ELSE 1 END) AS contradicting
  }
  RETURN 'opposite signs' AS kind, s, t, supporting, contradicting
  UNION ALL
  MATCH (v:Evidence)-[:CONTRADICTS]->(s:Statement)
  WHERE s.status IN $statuses AND ($entity = '' OR $entity IN [s.subject, s.object])
  OPTIONAL MATCH (v)-[:REPORTED_IN]->(p:Publication)
  WITH s, sum(CASE WHEN coalesce(p.retracted, false) THEN 0 ELSE 1 END) AS contradicting
  WHERE contradicting > 0
  MATCH (s)<-[:SUPPORTS]-(v:Evidence)
  OPTIONAL MATCH (v)-[:REPORTED_IN]->(p:Publication)
  WITH s, contradicting, sum(CASE WHEN coalesce(p.retracted, false) THEN 0 ELSE 1 END) AS supporting
  WHERE supporting > 0
  WITH s, contradicting, supporting ORDER BY supporting + contradicting DESC, s.id LIMIT $limit
  RETURN 'for and against' AS kind, s, s AS t, supporting, contradicting
}
WITH kind, s, t, supporting, contradicting
ORDER BY supporting + contradicting DESC, kind, s.id LIMIT $limit
MATCH (a:Entity {id: s.subject})
MATCH (b:Entity {id: s.object})
RETURN kind, a.id AS subject, a.name AS subject_name, b.id AS object, b.name AS object_name,
       s.id AS statement, s.predicate AS predicate, s.belief AS belief, supporting,
       t.id AS against, t.predicate AS against_predicate, t.belief AS against_belief, contradicting
ORDER BY supporting + contradicting DESC, kind, statement
