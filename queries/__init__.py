"""What may be asked of a causal knowledge graph: named Cypher queries and causal queries."""
