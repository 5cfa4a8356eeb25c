// purpose: What algorithms propose and nobody has accepted or rejected yet, with what it rests on, best scored first.
// parameters:
//   rungs (list of rung) = ["discovered", "predicted"]: kinds of evidence
//   extractors (list of string) = []: only of these algorithms; empty for all
//   min_score (float 0..1) = 0: least score (for discovered edges: stability)
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
//   score: best score of its evidence
//   rungs: kinds of its evidence
//   extractors: algorithms that propose it
//   sources: what they were given
//   evidence: ids of the evidence
//   literature: predicates that texts or databases state between the two, in either direction
// example: min_score=0.8

MATCH (v:Evidence)-[:SUPPORTS]->(s:Statement)
WHERE s.status = 'proposed' AND v.rung IN $rungs AND v.score >= $min_score
  AND (size($extractors) = 0 OR v.extractor IN $extractors)
WITH s, v ORDER BY v.id
WITH s, max(v.score) AS score, collect(DISTINCT v.rung) AS rungs, collect(DISTINCT v.extractor) AS extractors,
     collect(DISTINCT v.source) AS sources, collect(v.id) AS evidence
ORDER BY score DESC, s.belief DESC, s.id LIMIT $limit
MATCH (s)-[:SUBJECT]->(a:Entity)
MATCH (s)-[:OBJECT]->(b:Entity)
CALL (a, b) {
  OPTIONAL MATCH (a)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS|ASSOCIATED_WITH|BINDS|INTERACTS_WITH]-(b)
  WHERE r.status IN ['asserted', 'curated']
  WITH DISTINCT toLower(type(r)) AS predicate ORDER BY predicate
  RETURN collect(predicate) AS literature
}
RETURN s.id AS statement, a.id AS subject, a.name AS subject_name, s.predicate AS predicate,
       b.id AS object, b.name AS object_name, s.sign AS sign, s.belief AS belief,
       score, rungs, extractors, sources, evidence, literature
ORDER BY score DESC, belief DESC, statement
