// purpose: Every piece of evidence for and against one statement.
// parameters:
//   statement (statement): id of the statement
//   limit (integer 1..100000) = 1000: at most this many rows
// columns:
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
// example: statement=st-0123456789abcdef0123456789abcdef

MATCH (s:Statement {id: $statement})<-[k:SUPPORTS|CONTRADICTS]-(e:Evidence)
OPTIONAL MATCH (e)-[:REPORTED_IN]->(p:Publication)
RETURN e.id AS evidence, type(k) = 'SUPPORTS' AS supports,
       e.rung AS rung, p.id AS publication, p.year AS year, p.title AS title,
       coalesce(p.retracted, false) AS retracted, e.text AS text, e.section AS section,
       e.hedged AS hedged, e.score AS score, e.extractor AS extractor, e.source AS source
ORDER BY supports DESC, retracted, score DESC, evidence
LIMIT $limit
