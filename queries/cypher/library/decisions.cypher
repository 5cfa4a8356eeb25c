// purpose: What people decided about proposals and other statements, newest first.
// parameters:
//   limit (integer 1..100000) = 100: at most this many rows
// columns:
//   at: when, UTC
//   who: who decided
//   action: accept or reject
//   statement: id of the statement
//   subject_name: name of its subject
//   predicate: how they are related
//   object_name: name of its object
//   status: where the statement stands now
//   why: the reason given

MATCH (d:Decision)
WITH d ORDER BY d.position DESC LIMIT $limit
OPTIONAL MATCH (s:Statement {id: d.statement})
OPTIONAL MATCH (a:Entity {id: s.subject})
OPTIONAL MATCH (b:Entity {id: s.object})
RETURN d.at AS at, d.who AS who, d.action AS action, d.statement AS statement, a.name AS subject_name,
       s.predicate AS predicate, b.name AS object_name, s.status AS status, d.why AS why
ORDER BY d.position DESC
