"""What files citizens may send, and what is taken out of them."""

from __future__ import annotations

import io
import struct
import wave
import zlib

import pytest
from fakes import photo
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from channels.base import MAX_PIXELS, MAX_UPLOAD, check_file, where_taken
from hotline.messages import MessageRefused

SECRET = b"116.4712-secret-place"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>' + SECRET + b"</rdf:RDF></x:xmpmeta>"
GPS = 0x8825


def exif_with_place(**tags: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()  # the maker of the camera
    gps = exif.get_ifd(GPS)
    gps[1], gps[2], gps[3], gps[4] = "N", (39.0, 59.0, 24.0), "E", (116.0, 28.0, 12.0)
    exif[GPS] = gps
    for tag, value in tags.items():
        exif[int(tag.removeprefix("t"))] = value
    return exif


def gif_with_comment() -> bytes:
    return photo("GIF", mode="P", comment=SECRET)


def png_with_text() -> bytes:
    text = PngInfo()
    text.add_text("Location", SECRET.decode())
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return photo("PNG", pnginfo=text, exif=exif_with_place())


HIDDEN = {
    "JPEG with the place in EXIF": (photo(exif=exif_with_place()), "image/jpeg"),
    "JPEG with the place in XMP": (photo(xmp=XMP), "image/jpeg"),
    "JPEG with the place in a comment": (photo(comment=SECRET), "image/jpeg"),
    "JPEG with something behind its end": (photo() + SECRET, "image/jpeg"),
    "PNG with the place in EXIF, text and XMP": (png_with_text(), "image/png"),
    "PNG with something behind its end": (photo("PNG") + SECRET, "image/png"),
    "WEBP with the place in EXIF": (photo("WEBP", exif=exif_with_place()), "image/webp"),
    "WEBP with the place in XMP": (photo("WEBP", xmp=XMP), "image/webp"),
    "GIF with the place in a comment": (gif_with_comment(), "image/gif"),
}


@pytest.mark.parametrize("what", HIDDEN)
def test_a_photo_loses_where_it_was_taken_and_stays_a_photo(what: str) -> None:
    content, media_type = HIDDEN[what]
    with Image.open(io.BytesIO(content)) as before:
        found, clean = check_file(content)
        assert SECRET in content, "the test hides nothing"
        assert found == media_type
        with Image.open(io.BytesIO(clean)) as after:
            assert after.size == before.size
            assert dict(after.getexif()) == {}
            assert not after.getexif().get_ifd(GPS)
            assert not {"exif", "xmp", "comment", "XML:com.adobe.xmp"} & set(after.info)
    assert SECRET not in clean


def test_a_photo_taken_sideways_is_kept_upright() -> None:
    clean = check_file(photo(exif=exif_with_place(t274=6)))[1]
    with Image.open(io.BytesIO(clean)) as image:
        assert image.size == (30, 40)
        red, _, blue = image.convert("RGB").getpixel((15, 5))
        assert red > blue + 100, "the red half is on top"


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("PNG", "I;16"), ("PNG", "LA"), ("WEBP", "RGBA"), ("GIF", "P")]
)  # fmt: skip
def test_pictures_of_every_usual_kind_can_be_sent_and_opened(kind: str, mode: str) -> None:
    media_type, clean = check_file(photo(kind, mode=mode))
    assert media_type == f"image/{kind.lower()}"
    with Image.open(io.BytesIO(clean)) as image:
        image.load()
        assert image.size == (40, 30)


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 80)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"OggS\x00\x02" + b"\0" * 40, "audio/ogg"),
        (wav(), "audio/wav"),
        (b"ID3\x04" + b"\0" * 40, "audio/mpeg"),
        (b"\xff\xfb\x90\x00" + b"\0" * 40, "audio/mpeg"),
        (b"#!AMR\n" + b"\0" * 40, "audio/amr"),
        (b"\x1aE\xdf\xa3" + b"\0" * 40, "audio/webm"),
        (b"\0\0\0\x18ftypM4A " + b"\0" * 40, "audio/mp4"),
    ],
    ids=["ogg", "wav", "mp3 with tags", "mp3", "amr", "webm", "m4a"],
)
def test_a_voice_note_is_kept_as_it_is(content: bytes, media_type: str) -> None:
    assert check_file(content) == (media_type, content)


def bmp() -> bytes:
    return photo("BMP")


REFUSED = {
    "nothing": (b"", "空的"),
    "too large": (photo() + b"\0" * MAX_UPLOAD, "太大"),
    "half a photo": (photo(size=(400, 300))[:1500], "打不开"),
    "half a PNG": (photo("PNG", size=(400, 300))[:200], "打不开"),
    "only the head of a photo": (photo()[:20], "打不开"),
    "a page that says it is a photo": (b"<html><script>alert(1)</script>", "打不开"),
    "a vector picture": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "打不开"),
    "a program": (b"MZ" + b"\0" * 100, "打不开"),
    "a document": (b"%PDF-1.7\n1 0 obj", "打不开"),
    "an archive": (b"PK\x03\x04" + b"\0" * 100, "打不开"),
    "a kind of picture that browsers show differently": (bmp(), "打不开"),
    "a JPEG's first bytes and then something else": (b"\xff\xd8\xff\xe0" + b"MZ" * 100, "打不开"),
    "a film": (b"RIFF\x10\x00\x00\x00AVI " + b"\0" * 40, "打不开"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_any_other_file_is_refused_with_what_to_do(what: str) -> None:
    content, why = REFUSED[what]
    with pytest.raises(MessageRefused, match=why):
        check_file(content)


def test_a_file_just_small_enough_is_taken() -> None:
    padded = photo() + b"\0" * (MAX_UPLOAD - len(photo()))
    assert len(padded) == MAX_UPLOAD
    assert check_file(padded)[0] == "image/jpeg"


@pytest.mark.parametrize("times", [1.02, 1.5, 2.5, 400], ids=["just too many", "half again too many", "far too many", "a bomb"])
def test_a_small_file_that_unpacks_to_too_many_pixels_is_refused_before_it_is_unpacked(times: float) -> None:
    side = int((MAX_PIXELS * times) ** 0.5)
    small = photo("PNG", mode="1")
    assert check_file(small)[0] == "image/png"
    # The size in the header is all that is read of it; the checksum of the header must fit.
    head = b"IHDR" + struct.pack(">II", side, side) + small[24:29]
    bomb = small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]
    with pytest.raises(MessageRefused):
        check_file(bomb)


@hypothesis_settings(max_examples=150)
@given(kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), cut=st.integers(0, 2000), flips=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4))
def test_a_damaged_photo_is_taken_or_refused_and_never_breaks_anything(kind: str, cut: int, flips: list[tuple[int, int]]) -> None:
    damaged = bytearray(photo(kind, **({"exif": exif_with_place(t274=6)} if kind != "GIF" else {})))
    for place, value in flips:
        damaged[place % len(damaged)] = value
    content = bytes(damaged[: len(damaged) - cut % 40])
    try:
        _, clean = check_file(content)
    except MessageRefused:
        return
    assert clean


def test_where_a_photo_was_taken_is_read_and_the_stored_photo_no_longer_tells() -> None:
    exif = Image.Exif()
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (39.0, 59.0, 24.0),
        ExifTags.GPS.GPSLongitudeRef: "E", ExifTags.GPS.GPSLongitude: (116.0, 28.0, 12.0),
    }  # fmt: skip
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=exif)
    taken = where_taken(out.getvalue())
    assert taken is not None
    assert (round(taken.latitude, 4), round(taken.longitude, 4)) == (39.99, 116.47)
    assert where_taken(check_file(out.getvalue())[1]) is None
    assert where_taken(b"no photo") is None
