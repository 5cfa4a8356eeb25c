"""Bring the terms of several sources together: one entity per thing, under its preferred id.

Sources are taken prefix by prefix in the order of :data:`PREFERENCE`, all terms of a prefix at once, so
neither the order of files nor that of records matters. A term joins an entity of an earlier prefix

1. by name: exactly one entity of a like category has the term's name in its normal form, and no
   cross-reference points elsewhere; or
2. by cross-reference: exactly one entity is named by it, and no other term of the same prefix wants
   that entity.

So two terms of one prefix never become one entity; where several want to, the one that has the
entity's own name wins, or nobody. Every such rivalry, and every term whose name and cross-reference
disagree, is reported as a :class:`Conflict`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from graph.curie import normalize
from graph.errors import InputError
from graph.model import Category
from ingest.terms.normal import key, uninverted
from ingest.terms.readers.categories import CATEGORIES
from ingest.terms.records import Replaced, Same, Term
from ingest.words import words

__all__ = ["PREFERENCE", "Conflict", "Merged", "merge"]

PREFERENCE = (
    "hgnc", "ncbigene", "mesh:D", "mesh", "doid", "mondo", "go", "chebi", "fplx", "uniprot",
    "uberon", "cl", "ncbitaxon", "hp", "efo", "drugcentral",
)  # fmt: skip
"""prefixes from the most to the least preferred; others follow by alphabet. So genes are ``hgnc``,
chemicals ``mesh`` then ``chebi``, diseases ``mesh`` then ``doid`` then ``mondo``, processes ``mesh`` then
``go``, families ``mesh`` then ``fplx``, anatomy ``mesh`` then ``uberon``."""

_LIKE: dict[Category, tuple[Category, ...]] = {
    Category.DISEASE: (Category.DISEASE, Category.PHENOTYPE),
    Category.PHENOTYPE: (Category.DISEASE, Category.PHENOTYPE),
    Category.PROCESS: (Category.PROCESS, Category.DISEASE, Category.PHENOTYPE),
    Category.CHEMICAL: (Category.CHEMICAL, Category.GENE, Category.PROTEIN),
    Category.PROTEIN: (Category.PROTEIN, Category.GENE),
    Category.ANATOMY: (Category.ANATOMY, Category.CELL),
    Category.CELL: (Category.CELL, Category.ANATOMY),
}
_KEPT_XREFS = words("""hgnc ncbigene uniprot mesh doid mondo chebi go uberon cl hp efo omim umls
    drugcentral chembl fplx ncit orphanet orpha ncbitaxon""")
_IDENTITY = words("""hgnc ncbigene mesh doid mondo chebi go uberon cl hp efo drugcentral fplx""")
_KNOWN = _KEPT_XREFS | _IDENTITY | frozenset(CATEGORIES)
_FIRST = frozenset(("hgnc", "mesh"))
"""sources whose terms keep all their names, whoever else has them"""
_GENES = (Category.GENE, Category.PROTEIN)
_SHARED = frozenset(("umls", "omim"))
_CANCER = re.compile(r"(?:cancer|tumou?r|neoplasm)$")
_PROTEIN_WORD = re.compile(r" (?:protein|antigen|transcription factor)s?$", re.I)
_OWN, _LOCAL = re.compile(r"[A-Za-z][\w.-]*"), re.compile(r"[^\s|]+")
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a term did not join an entity, or was left out."""

    id: str
    why: str
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class Merged:
    """Entities by id, ids that mean them, and what was odd."""

    terms: dict[str, Term] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def merge(
    terms: Sequence[tuple[int, Term]],
    same: Iterable[Same] = (),
    replaced: Iterable[Replaced] = (),
) -> Merged:
    """Merge terms.

    Args:
        terms: (rank of the source, term); of two terms with one id the lower rank gives the names.
        same: cross-references from files of their own.
        replaced: ids out of use.
    """
    merger = _Merger()
    by_id = merger.collect(terms)
    for pair in same:
        left, right = _normal(pair.left), _normal(pair.right)
        for one, other in ((left, right), (right, left)):
            if one in by_id and other and _prefix(other) in _KEPT_XREFS:
                by_id[one].xrefs.add(other)
    # what a source of families knows is a family, and no single gene, whoever shares a name with it
    merger.families = {
        i for id, term in by_id.items() if id.startswith("fplx:") for i in (id, *term.xrefs)
    }
    batches: dict[tuple[int, str], list[Term]] = defaultdict(list)
    for id in sorted(by_id):
        batches[_rank(id)].append(by_id[id])
    for rank in sorted(batches):
        merger.batch(batches[rank])
    return merger.finish(replaced)


def _prefix(id: str) -> str:
    return id.partition(":")[0]


def _rank(id: str) -> tuple[int, str]:
    prefix = "mesh:D" if id.startswith("mesh:D") else _prefix(id)
    return (PREFERENCE.index(prefix), "") if prefix in PREFERENCE else (len(PREFERENCE), prefix)


def _normal(id: str) -> str:
    """An id in normal form; ``""`` if it is none. Prefixes of the user's own are left as they are."""
    try:
        return normalize(id)
    except InputError:
        prefix, _, local = id.strip().partition(":")
        own = _OWN.fullmatch(prefix) and prefix.lower() not in _KNOWN
        return f"{prefix.lower()}:{local}" if own and _LOCAL.fullmatch(local) else ""


def _clean(names: Iterable[str], name: str) -> list[str]:
    seen = {name.casefold()}
    kept: list[str] = []
    for other in names:
        other = " ".join(other.split())
        if not other or "|" in other or len(other) > _LONGEST or other.casefold() in seen:
            continue
        seen.add(other.casefold())
        kept.append(other)
    return kept


class _Merger:
    def __init__(self) -> None:
        self.families: set[str] = set()
        self.done = Merged()
        self.by_key: dict[str, set[str]] = defaultdict(set)
        self.by_xref: dict[str, set[str]] = defaultdict(set)
        self.claims: Counter[str] = Counter()

    def collect(self, terms: Sequence[tuple[int, Term]]) -> dict[str, Term]:
        """Terms by normal id; ids that are none are counted and left out."""
        by_id: dict[str, Term] = {}
        ordered = sorted(terms, key=lambda p: (p[0], p[1].id, p[1].name, sorted(p[1].names)))
        for _, term in ordered:
            id = _normal(term.id)
            name = " ".join(term.name.split())
            if not id or not key(name) or len(name) > 2 * _LONGEST:
                self.done.left_out["no valid id" if not id else "no usable name"] += 1
                continue
            xrefs = {x for x in map(_normal, term.xrefs) if x and _prefix(x) in _KEPT_XREFS}
            former = {x for x in map(_normal, term.former) if x} - {id}
            known = by_id.get(id)
            if known is None:
                by_id[id] = Term(
                    id,
                    term.category,
                    name,
                    _clean(term.names, name),
                    xrefs - {id},
                    former,
                    term.adds,
                )
            else:
                # an older or newer edition of the same source: only what it replaces is added
                known.former |= former
                self.done.left_out["the same id in an earlier file"] += 1
        return by_id

    # one prefix ---------------------------------------------------------------------------

    def batch(self, terms: list[Term]) -> None:
        self.claims = Counter(i for t in terms for i in self._pointed(t))
        strong: dict[str, list[Term]] = defaultdict(list)
        weak: dict[str, list[Term]] = defaultdict(list)
        alone: list[Term] = []
        for term in terms:
            target, sure = self._target(term)
            if target is None:
                continue
            if not target:
                alone.append(term)
            elif sure:
                strong[target].append(term)
            else:
                weak[target].append(term)
        joins: list[tuple[str, Term]] = []
        for target in sorted(strong):
            winner, losers = self._winner(target, strong[target])
            joins.append((target, winner))
            alone += losers
        for target in sorted(weak):
            claims = weak[target]
            if self.claims[target] == 1 and target not in strong:
                joins.append((target, claims[0]))
                continue
            alone += claims
            if len(claims) > 1:
                ids = tuple(t.id for t in claims)
                self._conflict(target, "several terms of one source point to it", *ids)
        for target, term in joins:
            self._join(target, term)
        named: dict[tuple[str, Category], str] = {}
        for term in sorted(alone, key=lambda t: t.id):
            rival = named.setdefault((key(term.name), term.category), term.id)
            if rival != term.id and _prefix(term.id) not in _FIRST:
                self.done.left_out["the name of another entity of the same source"] += 1
                self._conflict(term.id, "left out: another of its source has the same name", rival)
            else:
                self._add(term)
        # only now: terms of one prefix must not see each other
        for target, term in joins:
            self._index(target, (term.name, *term.names), {term.id, *term.xrefs})
        for term in alone:
            if term.id in self.done.terms:
                self._index(term.id, (term.name, *term.names), term.xrefs)

    def _target(self, term: Term) -> tuple[str | None, bool]:
        """The entity to join and whether by name; ``""`` to stand alone, None to be left out."""
        prefix = _prefix(term.id)
        named = self._named(term)
        pointed = self._pointed(term)
        if named is not None:
            other = self.done.terms[named]
            if prefix == _prefix(named):
                if other.category is not term.category:
                    return "", False
                self.done.left_out["the name of another entity of the same source"] += 1
                return None, False
            if term.category is Category.CHEMICAL and other.category in _GENES:
                self.done.left_out["a chemical with the name of a gene or protein"] += 1
                return None, False
            if not pointed or named in pointed:
                return named, True
            self._conflict(term.id, "left out: its name is that of another entity than its "
                           "cross-references", named, *sorted(pointed))  # fmt: skip
            return None, False
        if len(pointed) == 1:
            (target,) = pointed
            if _prefix(target) == prefix:
                return "", False
            other = self.done.terms[target]
            neoplasm = _CANCER.sub("neoplasms", term.name)
            same = neoplasm != term.name and key(neoplasm) == key(uninverted(other.name))
            return target, same
        if term.adds:
            self.done.left_out["names of something that no source has"] += 1
            return None, False
        return "", False

    def _named(self, term: Term) -> str | None:
        if term.adds:
            return None
        like = _LIKE.get(term.category, (term.category,))
        if term.id.startswith("mesh:") and term.category is not Category.PROTEIN:
            like = (term.category,)
        family = term.id in self.families and term.category is Category.PROTEIN
        if family:
            like = (Category.PROTEIN,)
        # chemicals and proteins are spelled in many ways: any of their names may be the one
        names: tuple[str, ...] = (term.name,)
        if term.category is Category.CHEMICAL:
            names += tuple(term.names)
        for name in names:
            found = self._holders(name, like)
            if len(found) == 1:
                return found.pop()
        if term.category is Category.PROTEIN and not family:
            # entry terms tell the gene only by its symbol or its full name: other names are shared
            # by families
            genes: set[str] = set()
            for name in term.names:
                for id in self._holders(name, (Category.GENE,)):
                    gene = self.done.terms[id]
                    if key(name) in (key(gene.name), key((gene.names or [""])[0])):
                        genes.add(id)
                bare = _PROTEIN_WORD.sub("", name)
                if bare != name:
                    found = self._holders(bare, (Category.GENE,))
                    genes |= {i for i in found if key(self.done.terms[i].name) == key(bare)}
            if len(genes) == 1:
                return genes.pop()
        return None

    def _holders(self, name: str, like: tuple[Category, ...]) -> set[str]:
        return {i for i in self.by_key.get(key(name), ()) if self.done.terms[i].category in like}

    def _pointed(self, term: Term) -> set[str]:
        found: set[str] = set(self.by_xref.get(term.id, ()))
        for xref in term.xrefs:
            if _prefix(xref) in _IDENTITY:
                if xref in self.done.terms:
                    found.add(xref)
                else:
                    found |= self.by_xref.get(xref, set())
        if not found:
            for xref in term.xrefs:
                if _prefix(xref) in _SHARED:
                    found |= self.by_xref.get(xref, set())
        like = _LIKE.get(term.category, (term.category,))
        if term.id in self.families and term.category is Category.PROTEIN:
            like = (Category.PROTEIN,)
        kinds = {i for i in found if self.done.terms[i].category in like}
        return found if term.adds or term.category is Category.THING else kinds

    def _winner(self, target: str, claims: list[Term]) -> tuple[Term, list[Term]]:
        if len(claims) == 1:
            return claims[0], []
        name = key(uninverted(self.done.terms[target].name))
        full = {key(n) for n in self.done.terms[target].names[:1]}
        order = sorted(
            claims, key=lambda t: (key(t.name) != name, key(t.name) not in full, len(t.id), t.id)
        )
        ids = tuple(t.id for t in order)
        self._conflict(target, "several terms of one source have its name; the first joins", *ids)
        return order[0], order[1:]

    def _conflict(self, id: str, why: str, *others: str) -> None:
        self.done.conflicts.append(Conflict(id, why, others))

    # changes ------------------------------------------------------------------------------

    def _taken(self, name: str, term: Term, own: str) -> bool:
        """Whether another entity of a like category has the name already."""
        like = _LIKE.get(term.category, (term.category,))
        return bool(self._holders(name, like) - {own})

    def _join(self, target: str, term: Term) -> None:
        entity = self.done.terms[target]
        names = (term.name, *term.names)
        if term.adds:  # a short alias that another has tells nothing
            names = tuple(n for n in names if len(n) > 12 or not self._taken(n, term, target))
        entity.names = _clean((*entity.names, *names), entity.name)
        entity.xrefs |= {term.id, *term.xrefs} - {target}
        entity.former |= term.former

    def _add(self, term: Term) -> None:
        prefix = _prefix(term.id)
        if prefix in ("chebi", "drugcentral") and len(term.name) > 60:
            self.done.left_out["a systematic name of more than 60 characters"] += 1
            return
        if prefix in _FIRST:
            self.done.terms[term.id] = term
            return
        if self._taken(term.name, term, ""):
            self.done.left_out["a name that another entity has"] += 1
            self._conflict(term.id, "left out: its name is that of another entity",
                           *sorted(self.by_key[key(term.name)]))  # fmt: skip
            return
        term.names = [n for n in term.names if not self._taken(n, term, "")]
        self.done.terms[term.id] = term

    def _index(self, id: str, names: Iterable[str], xrefs: Iterable[str]) -> None:
        for name in names:
            form = key(name)
            if form:
                self.by_key[form].add(id)
        for xref in xrefs:
            self.by_xref[xref].add(id)

    def finish(self, replaced: Iterable[Replaced]) -> Merged:
        """Work out which other ids mean an entity: ids that were merged, ids out of use."""
        done = self.done
        wanted: dict[str, set[str]] = defaultdict(set)
        for id, term in done.terms.items():
            for other in (*term.xrefs, *term.former):
                if other not in done.terms and _prefix(other) not in _SHARED:
                    wanted[other].add(id)
        done.aliases = {old: min(ids) for old, ids in wanted.items() if len(ids) == 1}
        symbols = {t.name: i for i, t in done.terms.items() if i.startswith("hgnc:")}
        chains: dict[str, str] = {}
        for record in replaced:
            old = _normal(record.old)
            symbol = record.new.startswith("symbol:")
            new = symbols.get(record.new[7:], "") if symbol else _normal(record.new)
            if old and new and old not in done.terms:
                chains[old] = min(new, chains.get(old, new))
        for old in sorted(chains):
            seen = {old}
            new = chains[old]
            while new in chains and new not in seen:
                seen.add(new)
                new = chains[new]
            new = done.aliases.get(new, new)
            if new in done.terms and old not in done.aliases:
                done.aliases[old] = new
        done.conflicts.sort(key=lambda c: (c.id, c.why, c.others))
        return done
