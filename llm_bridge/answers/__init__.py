"""How each kind of query is answered: claims are gathered here, one module a family of kinds."""
