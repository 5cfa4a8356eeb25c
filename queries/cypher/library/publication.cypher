// purpose: What was read from one publication.
// parameters:
//   publication (publication): its id
//   limit (integer 1..100000) = 1000: at most this many rows
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
//   evidence: id of the evidence
//   supports: true for, false against the statement
//   rung: how it knows
//   section: where in the document
//   text: the sentence
//   hedged: true if said with reservation
//   score: the extractor's confidence
//   retracted: whether the publication was retracted
// example: publication=pubmed:123

MATCH (p:Publication {id: $publication})<-[:REPORTED_IN]-(v:Evidence)-[k:SUPPORTS|CONTRADICTS]->(s:Statement)
MATCH (s)-[:SUBJECT]->(a:Entity)
MATCH (s)-[:OBJECT]->(b:Entity)
RETURN s.id AS statement, a.id AS subject, a.name AS subject_name, s.predicate AS predicate,
       b.id AS object, b.name AS object_name, s.sign AS sign, s.belief AS belief, s.status AS status,
       v.id AS evidence, type(k) = 'SUPPORTS' AS supports, v.rung AS rung, v.section AS section, v.text AS text,
       v.hedged AS hedged, v.score AS score, coalesce(p.retracted, false) AS retracted
ORDER BY v.start, statement, evidence
LIMIT $limit
