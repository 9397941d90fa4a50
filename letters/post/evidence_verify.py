"""Checks an evidence package offline: python3 -I verify.py in the unpacked folder. Needs nothing but Python 3.9 or later.

核验证据包：在解压后的文件夹中运行 python3 -I verify.py。无需联网，无需安装任何软件。
Shows the fingerprint of the key that signed the package and the batch; compare it with the one that the firm publishes.
What can't be shown here: that the post's own files say the truth, and what entries of other matters in the audit chain hold.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
import zlib
from pathlib import Path
from typing import Any

Point = tuple[int, int, int, int]
OWN = ("SHA256SUMS", "SIGNATURE.json")

# Ed25519 as in RFC 8032, section 6; only verification.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a: Point, b: Point) -> Point:
    """Sum of two points in extended coordinates."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return (i * j % P, k * m % P, j * k % P, i * m % P)


def times(number: int, point: Point) -> Point:
    """A multiple of a point."""
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = add(found, point)
        point, number = add(point, point), number >> 1
    return found


def point_of(data: bytes) -> Point | None:
    """The point that 32 bytes stand for; None when they stand for none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


_BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key_hex: str, signature_hex: str, message: bytes) -> bool:
    """Whether the signature is that key's over the message."""
    try:
        key, signature = bytes.fromhex(key_hex), bytes.fromhex(signature_hex)
    except (TypeError, ValueError):
        return False
    # One form only: capital letters in hex would be a change that nothing sees.
    if len(key) != 32 or len(signature) != 64 or (key.hex(), signature.hex()) != (key_hex, signature_hex):
        return False
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or _BASE is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    left, right = times(s, _BASE), add(r, times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def sha(data: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: object) -> bytes:
    """The only bytes that a JSON file of ours may have."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()


class Package:
    """The unpacked folder and what was found wrong with it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.problems: list[str] = []
        self.files: dict[str, bytes] = {}
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                self.files[path.relative_to(folder).as_posix()] = path.read_bytes()

    def demand(self, holds: bool, sentence: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.problems.append(sentence)

    def json(self, name: str) -> Any:
        """A JSON file of the package."""
        return json.loads(self.files[name].decode("utf-8"))


def check_list(package: Package) -> dict[str, str]:
    """Every file is listed and whole, none is missing or too many, and the list is signed."""
    sums = package.files["SHA256SUMS"]
    listed = {}
    for line in sums.decode("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    again = "".join(f"{listed[name]}  {name}\n" for name in sorted(listed)).encode()
    package.demand(again == sums, "SHA256SUMS 的写法被改动")
    present = set(package.files) - set(OWN)
    for name in sorted(present - set(listed)):
        package.demand(False, f"多出文件：{name}")
    for name in sorted(listed):
        whole = name in present and sha(package.files[name]) == listed[name]
        package.demand(whole, f"文件缺失或被改动：{name}")
    seal: dict[str, str] = package.json("SIGNATURE.json")
    package.demand(package.files["SIGNATURE.json"] == canonical(seal), "SIGNATURE.json 的写法被改动")
    package.demand(seal["fingerprint"] == sha(bytes.fromhex(seal["public_key"])), "公钥指纹与公钥不符")
    package.demand((seal["algorithm"], seal["signed"]) == ("Ed25519", "SHA256SUMS"), "签名说明被改动")
    package.demand(signed(seal["public_key"], seal["signature"], sums), "证据包签名不成立")
    return seal


def check_batch(package: Package, seal: dict[str, str]) -> dict[str, str]:
    """The batch's seal is the same key's, and the letter's manifest row belongs to it."""
    sums, sealed = package.files["batch/SHA256SUMS"], package.json("batch/SEALED")
    package.demand(package.files["batch/SEALED"] == canonical(sealed), "批次封签的写法被改动")
    package.demand(sealed["sha256sums_sha256"] == sha(sums), "批次封签与批次清单哈希不符")
    package.demand(sealed["public_key"] == seal["public_key"], "批次封签与证据包不是同一密钥")
    package.demand(signed(sealed["public_key"], sealed["signature"], sums), "批次封签不成立")
    listed = {line[66:]: line[:64] for line in sums.decode("utf-8").splitlines()}
    package.demand(listed.get("batch.json") == sha(package.files["batch/batch.json"]), "批次作业单与封签不符")
    header, row = package.files["batch/manifest-row.csv"].removesuffix(b"\r\n").split(b"\r\n")
    way = package.json("batch/manifest-path.json")
    digest = hashlib.sha256(b"\x00" + row).digest()
    for side, other in way["path"]:
        pair = bytes.fromhex(other) + digest if side == "left" else digest + bytes.fromhex(other)
        digest = hashlib.sha256(b"\x01" + pair).digest()
    root = package.json("batch/batch.json")["manifest_rows"]["root"]
    package.demand(digest.hex() == root, "交寄清单的这一行不属于该封装批次")
    names = header.decode("utf-8-sig").split(",")
    return dict(zip(names, next(csv.reader([row.decode("utf-8")]))))  # noqa: B905  Python 3.9


def objects_of(pdf: bytes) -> dict[int, bytes]:
    """Object number to its bytes, for a PDF without object streams."""
    return {int(number): body for number, body in re.findall(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", pdf, re.S)}


def stream_of(body: bytes) -> bytes:
    """A stream object's content, decompressed."""
    start = body.index(b"stream\n") + 7
    length = int(found(rb"/Length (\d+)", body))
    data = body[start : start + length]
    return zlib.decompress(data) if b"/FlateDecode" in body[:start] else data


def found(pattern: bytes, body: bytes) -> bytes:
    """The first group of a pattern that must be there."""
    match = re.search(pattern, body)
    if match is None:
        raise ValueError(f"no {pattern!r}")
    return match.group(1)


def check_pages(package: Package, row: dict[str, str], letter: dict[str, Any]) -> None:
    """The pages are those whose hash stands in the manifest, and every form they show is what its name says."""
    objects = objects_of(package.files["letter/pages.pdf"])
    tree = next(body for body in objects.values() if re.search(rb"/Type /Pages\b", body))
    kids = [int(number) for number in re.findall(rb"(\d+) 0 R", found(rb"/Kids \[([^\]]*)\]", tree))]
    package.demand(len(kids) == letter["printed_pages"], "页数与记录不符")
    digest = hashlib.sha256()
    for kid in kids:
        content = stream_of(objects[int(found(rb"/Contents (\d+) 0 R", objects[kid]))])
        digest.update(b"%d\n" % len(content) + content)
        for name, number in re.findall(rb"/(X[0-9a-f]{12}) (\d+) 0 R", objects[kid]):
            form = objects[int(number)]
            box = tuple(round(float(length) * 100) for length in found(rb"/BBox \[([^\]]*)\]", form).split())
            told = hashlib.sha256(repr(box).encode() + stream_of(form)).hexdigest()[:12]
            package.demand(b"X" + told.encode() == name, f"页面图文 {name.decode()} 被改动")
    package.demand(digest.hexdigest() == row["letter_sha256"], "函件页面与交寄清单登记的哈希不符")
    package.demand(row["letter_sha256"] == letter["content_sha256"], "函件哈希与记录不符")
    package.demand(row["letter_no"] == letter["letter_no"] and row["邮件号码"] == letter["item_no"], "函号或邮件号码与清单不符")


def check_release(package: Package, row: dict[str, str], letter: dict[str, Any]) -> dict[str, Any]:
    """The letter is among those that the lawyer released, and the release is the audit chain's."""
    release: dict[str, Any] = package.json("release/release.json")
    hashes = package.files["release/letters.sha256"].decode().split()
    fields = sha(package.files["letter/fields.json"])
    own = sha(f"{fields}\n{letter['letter_no']}".encode())
    package.demand(hashes[letter["position"] - 1] == own, "函件内容不在律师签发的函件之中")
    package.demand(sha(b"".join(bytes.fromhex(one) for one in hashes)) == release["letters_sha256"], "签发的函件哈希不成立")
    package.demand(sha(row["release_token"].encode()) == release["token_sha256"], "签发令牌与交寄清单不符")
    return release


def check_audit(package: Package, seal: dict[str, str], release: dict[str, Any]) -> None:
    """The extract's entries give their hashes, hang together, and tell of the release; the extract is signed."""
    extract = package.json("audit/extract.json")
    links = {seq: (before, after) for seq, before, after in extract["links"]}
    for seq in range(extract["first"] + 1, extract["last"] + 1):
        package.demand(links[seq][0] == links[seq - 1][1], f"审计链在第 {seq} 条断开")
    for entry in extract["entries"]:
        form = {name: entry[name] for name in ("seq", "at", "actor", "action", "subject", "detail", "previous")}
        text = json.dumps(form, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        fits = sha(text.encode()) == entry["sha256"] and links[entry["seq"]] == (entry["previous"], entry["sha256"])
        package.demand(fits, f"审计链第 {entry['seq']} 条被改动")
    head = f"handa audit extract 1\n{extract['first']}\n{extract['last']}\n{links[extract['last']][1]}\n"
    package.demand(signed(seal["public_key"], extract["signature"], head.encode()), "审计链摘录的签名不成立")
    released = [one for one in extract["entries"] if one["action"] == "batch.released"]
    told = any(one["detail"].get("letters_sha256") == release["letters_sha256"] for one in released)
    package.demand(told, "审计链中没有这次签发")
    imported = {one["detail"].get("sha256") for one in extract["entries"] if one["action"] == "post.imported"}
    for name in ("post/track.json", "post/acknowledgement.json"):
        for one in package.json(name):
            package.demand(one["file_sha256"] in imported, f"{name} 的来源文件没有登记在审计链中")


def verify(folder: str) -> tuple[list[str], str]:
    """(what is wrong, the signing key's fingerprint) of the package in this folder."""
    package = Package(folder)
    fingerprint = ""
    try:
        seal = check_list(package)
        fingerprint = seal["fingerprint"]
        if not package.problems:
            row, letter = check_batch(package, seal), package.json("letter/letter.json")
            check_pages(package, row, letter)
            check_audit(package, seal, check_release(package, row, letter))
    except Exception as fault:  # whatever a damaged file leads to, it is damaged
        package.problems.append(f"无法核验（{type(fault).__name__}：{fault}）")
    return package.problems, fingerprint


def main() -> int:
    """Verify the folder that this file lies in."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    problems, fingerprint = verify(str(Path(__file__).resolve().parent))
    grouped = " ".join(fingerprint[i : i + 8] for i in range(0, len(fingerprint), 8))
    for problem in problems:
        sys.stdout.write(f"不通过：{problem}\n")
    if not problems:
        sys.stdout.write("通过：函件页面、签发、交寄清单、封装、审计链与签名全部一致。\n")
    sys.stdout.write(f"签名公钥指纹（请与律所公布的核对）：\n{grouped}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
