// purpose: Statements that data disagree with: the ledger of conflicts that discovery wrote.
// parameters:
//   entity (entity) = "": only about this entity; empty for the whole graph
//   statuses (list of status) = ["asserted", "curated"]: which statements to show
//   limit (integer 1..100000) = 1000: at most this many rows
// columns:
//   subject: id of the subject
//   subject_name: its name
//   object: id of the object
//   object_name: its name
//   statement: id of the statement
//   predicate: its predicate
//   sign: its sign
//   status: its status
//   belief: its belief
//   supporting: evidence for it that no algorithm made
//   evidence: id of the evidence against it
//   dataset: the data behind that
//   algorithm: what was run on them
//   details: kind of conflict, both sides in words, test, and how sure the data are, as JSON
// example: entity=hgnc:9829

CALL () {
  MATCH (s:Statement) WHERE $entity = '' RETURN s
  UNION ALL
  MATCH (:Entity {id: $entity})<-[:SUBJECT|OBJECT]-(s:Statement) RETURN s
}
WITH s WHERE s.status IN $statuses
MATCH (s)<-[:CONTRADICTS]-(e:Evidence)
WHERE e.rung = 'discovered'
WITH s, e ORDER BY s.belief DESC, s.id, e.id LIMIT $limit
MATCH (a:Entity {id: s.subject})
MATCH (b:Entity {id: s.object})
RETURN a.id AS subject, a.name AS subject_name, b.id AS object, b.name AS object_name,
       s.id AS statement, s.predicate AS predicate, s.sign AS sign, s.status AS status,
       s.belief AS belief,
       COUNT { (s)<-[:SUPPORTS]-(v:Evidence) WHERE NOT v.rung IN ['discovered', 'predicted'] } AS supporting,
       e.id AS evidence, e.source AS dataset, e.extractor AS algorithm,
       e.details AS details
ORDER BY belief DESC, statement, evidence
