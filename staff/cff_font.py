"""A Chinese font inside a PDF: an OpenType font with CFF outlines, as Noto Sans CJK is, of which reportlab itself embeds none.

The font goes in as a CIDFontType0C program (ISO 32000-1, 9.9) with the glyphs that are used; the others' outlines are blanked,
which keeps every offset (Adobe Technical Note 5176) and costs next to nothing once compressed.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from struct import unpack_from
from types import SimpleNamespace
from typing import Any

from reportlab.pdfbase import pdfdoc

PLACES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", "/usr/share/fonts/opentype/noto/NotoSansCJKsc-Regular.otf",
)  # fmt: skip


class NotUsable(ValueError):
    """The font is of another build than this module embeds."""


class CffFont:
    """A dynamic font in reportlab's sense: it learns which characters are drawn and adds itself to the document at the end."""

    _multiByte = 1  # noqa: N815  # this and what follows: reportlab's names
    _dynamicFont = 1  # noqa: N815
    shapable = False
    substitutionFonts: tuple[Any, ...] = ()  # noqa: N815
    encName = "UTF-8"  # noqa: N815

    def __init__(self, name: str, path: Path) -> None:
        """Raises OSError, NotUsable."""
        self.fontName = name
        self._data = data = path.read_bytes()
        self._tables = _tables(data)
        if "CFF " not in self._tables:
            raise NotUsable("no CFF outlines")
        self._glyph_of = _characters(data, self._tables["cmap"][0])
        self._metrics = unpack_from(">H", data, self._tables["hhea"][0] + 34)[0]
        self.face = SimpleNamespace(ascent=880, descent=-120, name=name)
        self._used: dict[Any, dict[int, str]] = {}
        self._names: dict[Any, str] = {}

    def _glyph(self, character: str) -> int:
        return self._glyph_of.get(ord(character), 0)

    def _width(self, glyph: int) -> int:
        return int(unpack_from(">H", self._data, self._tables["hmtx"][0] + 4 * min(glyph, self._metrics - 1))[0])

    def stringWidth(self, text: str | bytes, size: float, encoding: str = "utf8") -> float:  # noqa: N802  # reportlab's name
        if isinstance(text, bytes):
            text = text.decode(encoding)
        return 0.001 * size * sum(self._width(self._glyph(character)) for character in text)

    def splitString(self, text: str | bytes, doc: Any, encoding: str = "utf-8") -> list[tuple[int, bytes]]:  # noqa: N802
        if isinstance(text, bytes):
            text = text.decode(encoding)
        used = self._used.setdefault(doc, {})
        glyphs = [self._glyph(character) for character in text]
        used.update(zip(glyphs, text, strict=True))
        return [(0, b"".join(glyph.to_bytes(2, "big") for glyph in glyphs))]

    def getSubsetInternalName(self, subset: int, doc: Any) -> str:  # noqa: N802
        if doc not in self._names:
            self._names[doc] = f"F{len(doc.fontMapping) + 1}"
            doc.fontMapping[self.fontName] = "/" + self._names[doc]
            doc.delayedFonts.append(self)
        return "/" + self._names[doc]

    def addObjects(self, doc: Any) -> None:  # noqa: N802
        used, internal = self._used.pop(doc, {}), self._names.pop(doc)
        base = f"JIESUA+{self.fontName}"
        program = pdfdoc.PDFStream(content=self._program(set(used)), filters=[pdfdoc.PDFZCompress])
        program.dictionary.dict["Subtype"] = pdfdoc.PDFName("CIDFontType0C")
        names = pdfdoc.PDFStream(content=_unicode_map(used), filters=[pdfdoc.PDFZCompress])
        descriptor = pdfdoc.PDFDictionary({
            "Type": pdfdoc.PDFName("FontDescriptor"), "FontName": pdfdoc.PDFName(base), "Flags": 4, "FontBBox": pdfdoc.PDFArray([-1000, -1000, 3000, 1800]),
            "ItalicAngle": 0, "Ascent": 880, "Descent": -120, "CapHeight": 733, "StemV": 80, "FontFile3": doc.Reference(program, internal + "program"),
        })  # fmt: skip
        widths: list[Any] = []
        for glyph in sorted(used):
            widths += [glyph, pdfdoc.PDFArray([self._width(glyph)])]
        system = pdfdoc.PDFDictionary({"Registry": pdfdoc.PDFString("Adobe"), "Ordering": pdfdoc.PDFString("Identity"), "Supplement": 0})
        descendant = pdfdoc.PDFDictionary({
            "Type": pdfdoc.PDFName("Font"), "Subtype": pdfdoc.PDFName("CIDFontType0"), "BaseFont": pdfdoc.PDFName(base), "CIDSystemInfo": system,
            "FontDescriptor": doc.Reference(descriptor, internal + "descriptor"), "DW": 1000, "W": pdfdoc.PDFArray(widths),
        })  # fmt: skip
        font = pdfdoc.PDFDictionary({
            "Type": pdfdoc.PDFName("Font"), "Subtype": pdfdoc.PDFName("Type0"), "BaseFont": pdfdoc.PDFName(base), "Encoding": pdfdoc.PDFName("Identity-H"),
            "DescendantFonts": pdfdoc.PDFArray([doc.Reference(descendant, internal + "cid")]), "ToUnicode": doc.Reference(names, internal + "unicode"),
        })  # fmt: skip
        doc.idToObject["BasicFonts"].dict[internal] = doc.Reference(font, internal)

    def _program(self, used: set[int]) -> bytes:
        """The CFF table with the outlines of the used glyphs only."""
        start, length = self._tables["CFF "]
        cff = bytearray(self._data[start : start + length])
        top = _top_dict(cff)
        at = top[17][0]
        count, size = unpack_from(">HB", cff, at)
        offsets = [int.from_bytes(cff[at + 3 + i * size : at + 3 + (i + 1) * size], "big") for i in range(count + 1)]
        base = at + 3 + (count + 1) * size - 1
        for glyph in range(count):
            if glyph and glyph not in used:
                begin, end = base + offsets[glyph], base + offsets[glyph + 1]
                cff[begin:end] = bytes(end - begin)
        return bytes(cff)


@cache
def chinese_font(name: str) -> CffFont | None:
    """The first font of PLACES that is there and can be embedded."""
    for place in PLACES:
        try:
            font = CffFont(name, Path(place))
            font._program({0})
        except (OSError, NotUsable):
            continue
        return font
    return None


def _tables(data: bytes) -> dict[str, tuple[int, int]]:
    """Where the tables of a font are; of a collection, of the font for simplified Chinese."""
    starts = [0]
    if data[:4] == b"ttcf":
        starts = list(unpack_from(f">{unpack_from('>L', data, 8)[0]}L", data, 12))
    found: dict[str, tuple[int, int]] = {}
    for start in starts:
        tables = {}
        for i in range(unpack_from(">H", data, start + 4)[0]):
            tag, _, offset, length = unpack_from(">4sLLL", data, start + 12 + 16 * i)
            tables[tag.decode("latin-1")] = (offset, length)
        name = data[tables["name"][0] : sum(tables["name"])]
        if not found or "Sans CJK SC".encode("utf-16-be") in name:
            found = tables
    return found


def _characters(data: bytes, start: int) -> dict[int, int]:
    """From code points to glyphs: the cmap's format 12."""
    for i in range(unpack_from(">H", data, start + 2)[0]):
        at = start + unpack_from(">L", data, start + 8 + 8 * i)[0]
        if unpack_from(">H", data, at)[0] == 12:
            groups = (unpack_from(">LLL", data, at + 16 + 12 * n) for n in range(unpack_from(">L", data, at + 12)[0]))
            return {code: glyph + code - first for first, last, glyph in groups for code in range(first, last + 1)}
    raise NotUsable("no cmap of format 12")


def _top_dict(cff: bytes | bytearray) -> dict[int, list[int]]:
    """Operands of the operators of the top dictionary. Raises NotUsable unless glyphs are numbered as characters are."""
    _, at = _index(cff, cff[2])
    entries, _ = _index(cff, at)
    found: dict[int, list[int]] = {}
    operands: list[int] = []
    i, data = 0, entries[0]
    while i < len(data):
        b = data[i]
        if b <= 21:
            operator, i = (1200 + data[i + 1], i + 2) if b == 12 else (b, i + 1)
            found[operator], operands = operands, []
        elif b in (28, 29):
            size = 2 if b == 28 else 4
            operands.append(int.from_bytes(data[i + 1 : i + 1 + size], "big", signed=True))
            i += 1 + size
        elif b == 30:  # a real number, in half bytes up to 0xf
            while data[i] & 0x0F != 0x0F and data[i] >> 4 != 0x0F:
                i += 1
            i += 1
        elif b <= 246:
            operands.append(b - 139)
            i += 1
        else:
            operands.append((b - 247) * 256 + data[i + 1] + 108 if b <= 250 else -(b - 251) * 256 - data[i + 1] - 108)
            i += 2
    charset = found.get(15, [0])[0]
    if 1230 not in found or charset < 3 or cff[charset] != 2 or unpack_from(">H", cff, charset + 1)[0] != 1:
        raise NotUsable("not a CID-keyed font with one range of characters")
    return found


def _index(cff: bytes | bytearray, at: int) -> tuple[list[bytes], int]:
    """The entries of an INDEX, and where it ends."""
    count = unpack_from(">H", cff, at)[0]
    if not count:
        return [], at + 2
    size = cff[at + 2]
    offsets = [int.from_bytes(cff[at + 3 + i * size : at + 3 + (i + 1) * size], "big") for i in range(count + 1)]
    base = at + 3 + (count + 1) * size - 1
    return [bytes(cff[base + a : base + b]) for a, b in pairwise(offsets)], base + offsets[-1]


def _unicode_map(used: dict[int, str]) -> bytes:
    """So that text can be searched and copied."""
    lines = [f"<{glyph:04X}> <{character.encode('utf-16-be').hex().upper()}>" for glyph, character in sorted(used.items())]
    blocks = "".join(f"{len(lines[i : i + 100])} beginbfchar\n" + "\n".join(lines[i : i + 100]) + "\nendbfchar\n" for i in range(0, len(lines), 100))
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Jiesu def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{blocks}endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()
