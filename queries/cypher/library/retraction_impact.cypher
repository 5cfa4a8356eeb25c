// purpose: What a retraction takes away: statements that rest wholly or partly on retracted publications, or on the publications named.
// parameters:
//   publications (list of publication) = []: ask about these, retracted or not; empty for all retracted ones
//   wholly (boolean) = false: only statements with no other support
//   limit (integer 1..100000) = 100: at most this many rows
// columns:
//   statement: id of the statement
//   subject: id of the subject
//   subject_name: its name
//   predicate: how they are related
//   object: id of the object
//   object_name: its name
//   sign: 1 raises, -1 lowers, 0 not said
//   belief: probability that it holds, retracted publications already counting nothing
//   status: where it stands
//   wholly: true if no other publication supports it
//   lost: supporting evidence in these publications
//   remaining: supporting evidence elsewhere, in publications not retracted
//   publications: the publications concerned
// example: publications=pubmed:123,pubmed:456

CALL () {
  UNWIND $publications AS id
  MATCH (p:Publication {id: id})
  RETURN p
  UNION
  MATCH (p:Publication)
  WHERE size($publications) = 0 AND p.retracted
  RETURN p
}
MATCH (p)<-[:REPORTED_IN]-(v:Evidence)-[:SUPPORTS]->(s:Statement)
WITH s, p.id AS publication, count(v) AS n ORDER BY publication
WITH s, collect(publication) AS publications, sum(n) AS lost
CALL (s, publications) {
  OPTIONAL MATCH (s)<-[:SUPPORTS]-(v:Evidence)
  OPTIONAL MATCH (v)-[:REPORTED_IN]->(q:Publication)
  RETURN sum(CASE WHEN v IS NULL OR coalesce(q.retracted, false) OR q.id IN publications THEN 0 ELSE 1 END) AS remaining
}
WITH s, publications, lost, remaining
WHERE remaining = 0 OR NOT $wholly
MATCH (s)-[:SUBJECT]->(a:Entity)
MATCH (s)-[:OBJECT]->(b:Entity)
RETURN s.id AS statement, a.id AS subject, a.name AS subject_name, s.predicate AS predicate,
       b.id AS object, b.name AS object_name, s.sign AS sign, s.belief AS belief, s.status AS status,
       remaining = 0 AS wholly, lost, remaining, publications
ORDER BY wholly DESC, remaining, lost DESC, statement
LIMIT $limit
