// purpose: How much of everything there is.
// parameters: none
// columns:
//   what: what is counted
//   which: of which kind
//   n: how many

CALL () {
  MATCH (e:Entity) RETURN 'entities' AS what, e.category AS which, count(e) AS n
  UNION ALL
  MATCH (s:Statement) RETURN 'statements by predicate' AS what, s.predicate AS which, count(s) AS n
  UNION ALL
  MATCH (s:Statement) RETURN 'statements by status' AS what, s.status AS which, count(s) AS n
  UNION ALL
  MATCH (e:Evidence) RETURN 'evidence by rung' AS what, e.rung AS which, count(e) AS n
  UNION ALL
  MATCH (e:Evidence)-[k:SUPPORTS|CONTRADICTS]->(:Statement)
  RETURN 'evidence by direction' AS what, toLower(type(k)) AS which, count(e) AS n
  UNION ALL
  MATCH (p:Publication)
  RETURN 'publications' AS what, CASE WHEN coalesce(p.retracted, false) THEN 'retracted' ELSE 'in force' END AS which, count(p) AS n
}
RETURN what, which, n
ORDER BY what, n DESC, which
