// purpose: Which data measures what: the columns of every registered dataset and the entities they are bound to.
// parameters:
//   entity (entity) = "": only columns bound to this entity; empty for all
//   limit (integer 1..100000) = 1000: at most this many rows
// columns:
//   dataset: its id
//   name: its name
//   rows: how many rows it has
//   column: name of the column
//   entity: id of the entity it measures; empty if unbound
//   entity_name: name of that entity, if the graph has it
//   unit: unit of the column
//   description: what the column is
//   path: where the rows were read from
//   source: where they come from
//   license: their licence

MATCH (v:Variable)
WHERE $entity = '' OR v.entity = $entity
MATCH (d:Dataset {id: v.dataset})
OPTIONAL MATCH (e:Entity {id: v.entity})
RETURN d.id AS dataset, d.name AS name, d.rows AS rows, v.column AS column, v.entity AS entity,
       e.name AS entity_name, v.unit AS unit, v.description AS description, d.path AS path,
       d.source AS source, d.license AS license
ORDER BY name, dataset, v.position
LIMIT $limit
