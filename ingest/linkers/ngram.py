"""Link by names seen in training, by names of the terminology in ever looser forms and by the nearest
names, and let a trained ranker choose among them.

A mention of a chemical or a disease is written out as its document explains it, and every entity that
some form of it may name is a candidate: names that annotators used, the terminology's names, names by
stems in any order, the same with words of one meaning joined, what the name ends in, and, if none of the
strict forms fits, the nearest names by character n-grams. :mod:`ingest.models.ranker` gives each a
probability from how it fits, how often it is meant, and what else the document names. Genes, species and
cell lines are linked by name; variants by what they say (:mod:`ingest.linkers.variants`).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from graph.model import Category, Entity
from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention
from ingest.linkers.base import Linker
from ingest.linkers.candidates import FEATURES, GROUPS, Candidates, Floats, Names
from ingest.linkers.context import Asked, in_context
from ingest.linkers.genes import HUMAN, SpeciesReader, choose_gene
from ingest.linkers.longforms import long_forms, written_out
from ingest.linkers.variants import Variant, parse_variant
from ingest.models.packaged import packaged, where_packaged
from ingest.models.ranker import FILE, Ranker
from ingest.models.synonyms import Synonyms, bundled
from ingest.terms.terminology import Terminology, core

__all__ = ["CUTOFFS", "NgramLinker", "bundled_ranker"]

CUTOFFS = {"chemical": 0.3, "disease": 0.3, "gene": 0.3, "species": 0.3, "cell_line": 0.3}
"""probability below which a mention stays ungrounded, by group"""
_OTHER = 0.3
"""probability of a MeSH entity, below which one of another vocabulary with exactly the name is taken"""
_RANKED = ("chemical", "disease")
_MAX_CACHE = 200_000
_CATEGORIES = {
    "chemical": Category.CHEMICAL, "disease": Category.DISEASE, "gene": Category.GENE,
    "species": Category.TAXON, "cell_line": Category.CELL_LINE,
}  # fmt: skip
_BETWEEN = re.compile(r"\s*[(\[,;]\s*")


@functools.lru_cache(maxsize=1)
def bundled_ranker() -> Ranker:
    """Return the ranker that comes with the package, read once per process.

    Raises:
        InputError: if the installed file is damaged or missing.
    """
    return Ranker.load(
        packaged(FILE, "the linker's ranker", "linking"), FEATURES, name=where_packaged(FILE)
    )


class NgramLinker(Linker):
    """Grounds mentions of chemicals, diseases, genes, species, cell lines and variants.

    ``Mention.score`` is the probability that the link is right, times the score that the mention had.
    A gene of another species than human is linked to the human gene of its name unless annotators knew
    better, and says so: its ``details`` hold ``species``. A variant's ``details`` hold its ``hgvs`` form,
    also when it stays ungrounded because no gene in its sentence is known.

    Args:
        terminology: where entities come from, the bundled one unless another is given.
        synonyms: names learned from annotations; the package's own unless others are given.
        cutoffs: group -> probability below which a mention stays ungrounded.
        ranker: chooses among the candidates; the package's own unless another is given.
        orthologs: whether genes of other species are linked to human ones at all.
    """

    name: ClassVar[str] = "ngram"

    def __init__(
        self,
        terminology: Terminology | None = None,
        synonyms: Synonyms | None = None,
        cutoffs: Mapping[str, float] = CUTOFFS,
        ranker: Ranker | None = None,
        *,
        orthologs: bool = True,
    ) -> None:
        self._terminology = terminology
        self._synonyms = synonyms
        self._ranker = ranker
        self.cutoffs = {**CUTOFFS, **cutoffs}
        self.orthologs = orthologs
        self._names: dict[str, Names] = {}
        self._cache: dict[tuple[str, str, str], Candidates] = {}
        self._variants: dict[str, Variant | None] = {}
        self._plain: dict[tuple[str, str, str], tuple[str, float] | None] = {}

    @property
    def terminology(self) -> Terminology:
        """The terminology in use."""
        if self._terminology is None:
            self._terminology = core()
        return self._terminology

    @property
    def synonyms(self) -> Synonyms:
        """Names learned from annotations."""
        if self._synonyms is None:
            self._synonyms = bundled()
        return self._synonyms

    @property
    def ranker(self) -> Ranker:
        """What chooses among the candidates."""
        if self._ranker is None:
            self._ranker = bundled_ranker()
        return self._ranker

    @functools.cached_property
    def version(self) -> str:
        """The rules' version and a hash of the learned names, the ranker, the settings and the
        terminology's content."""
        about = hashlib.sha256()
        for group, rows in sorted(self.synonyms.items()):
            about.update(repr((group, sorted(rows.items()))).encode("utf-8"))
        for group, net in sorted(self.ranker.networks.items()):
            about.update(group.encode("utf-8") + net.hidden.tobytes() + net.out.tobytes())
        settings = (sorted(self.cutoffs.items()), sorted(self.ranker.rates.items()), self.orthologs)
        about.update(repr(settings).encode("utf-8"))
        return f"2+{about.hexdigest()[:12]}+{self.terminology.version}"

    def names(self, group: str) -> Names:
        """Return the names of a group, indexed when first asked for."""
        if group not in self._names:
            learned = self.synonyms.get(group, {})
            self._names[group] = Names.of(self.terminology, group, learned)
        return self._names[group]

    def entity(self, id: str) -> Entity | None:
        """Return an entity of the terminology, or one that only the annotators knew, by the name they
        used most, or a variant by its id."""
        found = self.terminology.entity(id) or self._learned.get(id)
        if found is None and id.startswith(("dbsnp:", "hgvs:")):
            return Entity(id, id.partition(":")[2].replace(":", " "), Category.VARIANT)
        return found

    def also_known_as(self, id: str) -> tuple[str, ...]:
        """Return the other ids of an entity: its cross-references, and what annotators used for an
        entity that the terminology has under ``id``."""
        entity = self.terminology.entity(id)
        found = set(entity.xrefs if entity is not None else ())
        for names in self._names.values():
            found.update(learned for learned, own in names.same.items() if own == id)
        return tuple(sorted(found))

    @functools.cached_property
    def _learned(self) -> dict[str, Entity]:
        """Entities of the learned names that the terminology has not."""
        best: dict[str, tuple[int, str, str]] = {}
        for group, rows in sorted(self.synonyms.items()):
            for name, ids in rows.items():
                for id, count in ids:
                    if id not in self.terminology:
                        best[id] = max(best.get(id, (0, "", "")), (count, name, group))
        return {id: Entity(id, name, _CATEGORIES[group]) for id, (_, name, group) in best.items()}

    # linking ----------------------------------------------------------------------------

    def link(
        self,
        document: Document,
        mentions: Sequence[Mention],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return the mentions, grounded where a link is probable enough."""
        spans = [(m.start, m.end, GROUPS.get(m.category, m.category.value)) for m in mentions]
        explained = long_forms(document.text, spans, abbreviations)
        chosen = self.choose(
            document.text, [(s[2], m.text) for s, m in zip(spans, mentions, strict=True)], explained
        )
        species: SpeciesReader | None = None
        linked: list[Mention] = []
        for mention, span in zip(mentions, spans, strict=True):
            group = span[2]
            if mention.entity is None:
                if group in _RANKED:
                    mention = self._grounded(mention, group, chosen.get((group, mention.text)))
                elif group == "gene":
                    species = species or SpeciesReader(document.text)
                    mention = self._gene(mention, species, explained)
                elif group in ("species", "cell_line"):
                    mention = self._grounded(mention, group, self._by_name(mention.text, group))
            linked.append(mention)
        return self._link_variants(document.text, linked)

    def _grounded(self, mention: Mention, group: str, found: tuple[str, float] | None) -> Mention:
        if found is None or found[1] < self.cutoffs.get(group, 0.0):
            return mention
        score = round(min(1.0, found[1]) * mention.score, 4)
        return dataclasses.replace(mention, entity=found[0], score=score)

    def choose(
        self, text: str, wanted: Sequence[tuple[str, str]], explained: Mapping[str, str]
    ) -> dict[tuple[str, str], tuple[str, float]]:
        """Return (group, text of a mention) -> (id, probability) for the chemicals and diseases of one
        document, never abstaining.

        Args:
            text: the document's.
            wanted: (group, text) of each mention.
            explained: short form -> long form, from :func:`ingest.linkers.longforms.long_forms`.
        """
        counts: dict[tuple[str, str], int] = {}
        for key in wanted:
            if key[0] in _RANKED:
                counts[key] = counts.get(key, 0) + 1
        asked = []
        for (group, form), count in counts.items():
            full = written_out(form, explained)
            asked.append(Asked(form, full, group, count, self._candidates(form, full, group)))
        found: dict[tuple[str, str], tuple[str, float]] = {}
        for item, features in zip(asked, in_context(text, asked), strict=True):
            if not item.candidates.ids:
                continue
            best = self._best(item, features)
            if best is not None:
                found[item.group, item.text] = best
        return found

    def _best(self, item: Asked, features: Floats) -> tuple[str, float] | None:
        probabilities = self.ranker.networks[item.group].probabilities(features)
        row = int(probabilities.argmax())
        best = (item.candidates.ids[row], float(probabilities[row]))
        if item.candidates.other and best[1] < _OTHER:
            # an entity of another vocabulary has exactly this name: the ranker, taught by MeSH ids,
            # cannot know; such names of MeSH are right that often
            rate = self.ranker.rates.get(f"{item.group}/exact", 0.0)
            if rate > best[1]:
                return item.candidates.other, rate
        return best

    def ground(
        self, text: str, group: str, explained: Mapping[str, str] | None = None
    ) -> tuple[str, float] | None:
        """Return (id, probability) of what a text of a group (``chemical``, ``disease``, ``gene``,
        ``species``, ``cell_line``) means by itself, None if nothing is probable enough."""
        if group == "gene":
            found = self._choose_gene(text, HUMAN, explained or {})
        elif group in _RANKED:
            found = self.choose(text, [(group, text)], explained or {}).get((group, text))
        else:
            found = self._by_name(text, group)
        return found if found is not None and found[1] >= self.cutoffs.get(group, 0.0) else None

    def _candidates(self, text: str, full: str, group: str) -> Candidates:
        key = (text, full, group)
        found = self._cache.get(key)
        if found is None:
            if len(self._cache) > _MAX_CACHE:
                self._cache.clear()
            found = self._cache[key] = self.names(group).candidates(text, full)
        return found

    def _by_name(self, text: str, group: str) -> tuple[str, float] | None:
        key = (text, "", group)
        if key not in self._plain:
            if len(self._plain) > _MAX_CACHE:
                self._plain.clear()
            self._plain[key] = self._find_name(text, group)
        return self._plain[key]

    def _find_name(self, text: str, group: str) -> tuple[str, float] | None:
        exact = [(level, -share, id) for level, id, share in self.names(group).exact(text) if level in (0, 2, 3)]  # fmt: skip
        if not exact:
            return None
        level, share, id = min(exact)
        return id, self.ranker.rates.get(
            f"{group}/{'learned' if level == 0 else 'name'}", 0.0
        ) * -share

    def _choose_gene(
        self, text: str, species: str, explained: Mapping[str, str]
    ) -> tuple[str, float] | None:
        full = written_out(text, explained)
        key = (text, full, species)
        if key not in self._plain:
            if len(self._plain) > _MAX_CACHE:
                self._plain.clear()
            self._plain[key] = self._find_gene(text, full, species)
        return self._plain[key]

    def _find_gene(self, text: str, full: str, species: str) -> tuple[str, float] | None:
        forms = (text,) if full == text else (text, full)
        found = choose_gene(self.names("gene"), forms, species)
        if found is None:
            return None
        how = found.how
        if species != HUMAN and not found.id.startswith("ncbigene:"):
            how = how.replace("gene/other/", "gene/human/")
        return found.id, self.ranker.rates.get(how, self.ranker.rates.get("gene", 0.0))

    def _gene(
        self, mention: Mention, reader: SpeciesReader, explained: Mapping[str, str]
    ) -> Mention:
        species = reader.at(mention.start, mention.text)
        found = self._choose_gene(mention.text, species, explained)
        human = found is None or not found[0].startswith("ncbigene:")
        if species != HUMAN and human and not self.orthologs:
            found = None
        mention = self._grounded(mention, "gene", found)
        if species != HUMAN:
            mention = dataclasses.replace(mention, details=(("species", species),))
        return mention

    # variants ---------------------------------------------------------------------------

    def _link_variants(self, text: str, mentions: list[Mention]) -> list[Mention]:
        if not any(m.category is Category.VARIANT and m.entity is None for m in mentions):
            return mentions
        linked = list(mentions)
        read: dict[int, Variant] = {}
        for place, mention in enumerate(mentions):
            if mention.category is Category.VARIANT and mention.entity is None:
                if mention.text not in self._variants:
                    if len(self._variants) > _MAX_CACHE:
                        self._variants.clear()
                    self._variants[mention.text] = parse_variant(mention.text)
                variant = self._variants[mention.text]
                if variant is not None:
                    read[place] = variant
        numbers = _rs_numbers(text, mentions, read)
        for place, variant in read.items():
            mention = mentions[place]
            rs = variant.change if variant.kind == "ID" else numbers.get(variant.hgvs, "")
            entity: str | None = None
            if rs:
                entity = f"dbsnp:{rs}"
            elif variant.certain:
                symbol = self._gene_beside(text, mention, mentions)
                entity = f"hgvs:{symbol}:{variant.hgvs}" if symbol else None
            rate = self.ranker.rates.get("variant/rs" if rs else "variant/hgvs", 1.0)
            linked[place] = dataclasses.replace(
                mention,
                entity=entity,
                score=round(mention.score * rate, 4) if entity else mention.score,
                details=(("hgvs", variant.hgvs),) if variant.kind != "ID" else (),
            )
        return linked

    def _gene_beside(self, text: str, mention: Mention, mentions: Sequence[Mention]) -> str:
        """The symbol of the nearest human gene in the sentence of a variant."""
        low = max(text.rfind(". ", 0, mention.start), text.rfind("\n", 0, mention.start))
        high = min((h for h in (text.find(". ", mention.end), text.find("\n", mention.end)) if h >= 0), default=len(text))  # fmt: skip
        near = [
            (min(abs(mention.start - m.end), abs(m.start - mention.end)), m.start, m.entity)
            for m in mentions
            if m.entity is not None and m.entity.startswith("hgnc:") and low <= m.start < high
        ]
        if not near:
            return ""
        entity = self.terminology.entity(min(near)[2])
        return entity.name if entity is not None and " " not in entity.name else ""


def _rs_numbers(
    text: str, mentions: Sequence[Mention], read: Mapping[int, Variant]
) -> dict[str, str]:
    """HGVS form -> rs number, where one stands right beside the other: ``V600E (rs113488022)``."""
    found: dict[str, str] = {}
    for (a, first), (b, second) in itertools.pairwise(sorted(read.items(), key=lambda r: mentions[r[0]].start)):  # fmt: skip
        gap = text[mentions[a].end : mentions[b].start]
        if (first.kind == "ID") != (second.kind == "ID") and _BETWEEN.fullmatch(gap):
            number, other = (first, second) if first.kind == "ID" else (second, first)
            found.setdefault(other.hgvs, number.change)
    return found
