// purpose: Everything said about two entities together, with the evidence: every statement between them in either direction.
// parameters:
//   source (entity): one entity
//   target (entity): the other
//   directed (boolean) = false: only statements from source to target (symmetric predicates count both ways)
//   limit (integer 1..100000) = 1000: at most this many rows
// columns:
//   statement: id of the statement
//   subject: id of its subject
//   predicate: how they are related
//   object: id of its object
//   sign: 1 raises, -1 lowers, 0 not said
//   belief: probability that the statement holds
//   status: where the statement stands
//   evidence: its id
//   supports: true for, false against the statement
//   rung: how it knows
//   publication: where it was reported
//   year: year of publication
//   title: title of the publication
//   retracted: true if that publication was retracted, so that it counts nothing
//   text: the sentence
//   section: where in the document
//   hedged: true if said with reservation
//   score: the extractor's confidence, or the stability
//   extractor: what read or computed it
//   source: where that read it
// example: source=mesh:D008094 target=mesh:D011141

MATCH (a:Entity {id: $source})-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS|ASSOCIATED_WITH|BINDS|INTERACTS_WITH]-(b:Entity {id: $target})
WHERE NOT $directed OR startNode(r).id = $source
   OR type(r) IN ['ASSOCIATED_WITH', 'BINDS', 'INTERACTS_WITH']
WITH r, startNode(r).id AS subject, endNode(r).id AS object
MATCH (s:Statement {id: r.statement})<-[k:SUPPORTS|CONTRADICTS]-(e:Evidence)
OPTIONAL MATCH (e)-[:REPORTED_IN]->(p:Publication)
RETURN s.id AS statement, subject, toLower(type(r)) AS predicate, object, s.sign AS sign,
       s.belief AS belief, s.status AS status, e.id AS evidence, type(k) = 'SUPPORTS' AS supports,
       e.rung AS rung, p.id AS publication, p.year AS year, p.title AS title,
       coalesce(p.retracted, false) AS retracted, e.text AS text, e.section AS section,
       e.hedged AS hedged, e.score AS score, e.extractor AS extractor, e.source AS source
ORDER BY belief DESC, statement, supports DESC, retracted, score DESC, evidence
LIMIT $limit
