// purpose: Statements by predicate, status, sign, belief and kind of evidence, best believed first.
// parameters:
//   predicates (list of predicate) = []: only these; empty for all
//   statuses (list of status) = []: only these; empty for all
//   signs (list of integer) = []: only these of 1, -1 and 0; empty for all
//   rungs (list of rung) = []: only statements with evidence of one of these; empty for all
//   min_belief (float 0..1) = 0: believed at least this much
//   max_belief (float 0..1) = 1: believed at most this much
//   limit (integer 1..100000) = 100: at most this many rows
// columns:
//   statement: its id
//   subject: id of the subject
//   subject_name: its name
//   predicate: how they are related
//   object: id of the object
//   object_name: its name
//   sign: 1 raises, -1 lowers, 0 not said
//   belief: probability that it holds
//   status: where it stands
//   supporting: pieces of evidence for it
//   contradicting: pieces of evidence against it
// example: predicates=causes,treats min_belief=0.8

MATCH (s:Statement)
WHERE s.belief >= $min_belief AND s.belief <= $max_belief
  AND (size($predicates) = 0 OR s.predicate IN $predicates)
  AND (size($statuses) = 0 OR s.status IN $statuses)
  AND (size($signs) = 0 OR s.sign IN $signs)
  AND (size($rungs) = 0 OR EXISTS { MATCH (s)<-[:SUPPORTS|CONTRADICTS]-(v:Evidence) WHERE v.rung IN $rungs })
WITH s ORDER BY s.belief DESC, s.id LIMIT $limit
MATCH (s)-[:SUBJECT]->(a:Entity)
MATCH (s)-[:OBJECT]->(b:Entity)
RETURN s.id AS statement, a.id AS subject, a.name AS subject_name, s.predicate AS predicate,
       b.id AS object, b.name AS object_name, s.sign AS sign, s.belief AS belief, s.status AS status,
       COUNT { (:Evidence)-[:SUPPORTS]->(s) } AS supporting,
       COUNT { (:Evidence)-[:CONTRADICTS]->(s) } AS contradicting
ORDER BY belief DESC, statement
