"""One reader of addresses in a fresh process: ours or a peer, run by the peer's own Python. Imports nothing of the benches.

    python address_readers.py NAME ORDER.json        ORDER: {"speed": [texts], "labelled": [texts], "hard": [texts]}

Prints one JSON line: seconds to load, texts a CPU-second, peak memory, size on disk of what it loaded, texts that it crashed
on (of the timed ones; of the labelled ones and hard cases), and what it read. Fields have the scorer's names (docs: docs/addresses.md); values are lists, since a peer may give one
string for building, unit and room.
"""

import importlib.metadata
import json
import logging
import sys
import time
import warnings
from pathlib import Path

CHUNK = 2000
WARM = 300
"""Texts read before the clock starts: compilation (numba, the JVM) and caches are no part of the rate; loading is reported."""


def cpca():
    import cpca as peer

    def read(texts):
        if not texts:
            return []
        frame = peer.transform(texts)
        columns = [frame[name].tolist() for name in ("省", "市", "区")]
        rows = zip(*columns, strict=True)
        return [{name: v for name, v in zip(("province", "city", "district"), row, strict=True) if isinstance(v, str)} for row in rows]

    return read


def jionlp():
    import jionlp as peer

    def one(text):
        got = peer.parse_location(text, town_village=True)
        names = {"province": "province", "city": "city", "district": "county", "town": "town", "community": "village"}
        return {field: got.get(name) for field, name in names.items()}

    return each(one)


def _geocoded(got):
    if got is None:
        return {}
    fields = {
        "province": got.province, "city": got.city, "district": got.district, "town": got.street or got.town,
        "community": got.village, "road": got.road, "roadno": got.roadNum if hasattr(got, "roadNum") else got.road_num,
        "poi": got.text, "building": got.buildingNum if hasattr(got, "buildingNum") else got.building_num,
    }  # fmt: skip
    return {field: str(value) for field, value in fields.items() if value}  # some are strings of the JVM


def geocodingchn():
    from GeocodingCHN import Geocoding

    peer = Geocoding()
    return each(lambda text: _geocoded(peer.normalizing(text)))


def pygeocoding():
    # The package joins its paths with the signs of Windows and does not start elsewhere: such a path is opened rightly here.
    import builtins

    plain_open = builtins.open

    def lenient_open(file, *args, **kwargs):
        return plain_open(file.replace("\\", "/") if isinstance(file, str) and "\\" in file else file, *args, **kwargs)

    builtins.open = lenient_open
    import geocoding

    peer = geocoding.Geocoding()
    return each(lambda text: _geocoded(peer.normalizing(text)))


def handa(second_reader=False):
    from locate.address import parse_many, to_json_dict

    def read(texts):
        return list(parse_many(texts, second_reader=second_reader))

    read.as_fields = to_json_dict
    read(["浙江省杭州市西湖区文三路90号"])
    return read


def ablated(part):
    """Ours without one of its parts: "handa:without_tagger"."""
    from scripts.benches.address_ablations import ABLATIONS

    ABLATIONS[part][1]()
    return handa()


def handa_areas():
    """The administrative levels alone."""
    from locate.address import areas_only_many

    def read(texts):
        return list(areas_only_many(texts))

    read.as_fields = lambda a: {"province": a.province, "city": a.city, "district": a.district, "town": a.township}
    read(["浙江省杭州市西湖区文三路90号"])
    return read


def each(one):
    """A reader of many of one of one; a text that it crashes on is read as nothing and counted."""

    def read(texts):
        out = []
        for text in texts:
            try:
                out.append(one(text))
            except Exception:
                read.crashed += 1
                out.append({})
        return out

    read.crashed = 0
    return read


READERS = {
    "handa": handa, "handa+cpca": lambda: handa(second_reader=True), "handa areas": handa_areas,
    "cpca": cpca, "jionlp": jionlp, "geocodingchn": geocodingchn, "pygeocoding": pygeocoding,
}  # fmt: skip


def disk_bytes():
    """(of the reader's own files, of every distribution that it loaded)."""
    tops = {name.partition(".")[0] for name in sys.modules}
    owners = importlib.metadata.packages_distributions()
    loaded = sorted({owner for top in tops for owner in owners.get(top, ())})
    sizes = {}
    for name in loaded:
        files = importlib.metadata.files(name) or []
        paths = [Path(f.locate()) for f in files if not str(f).endswith(".pyc")]
        sizes[name] = sum(p.stat().st_size for p in paths if p.is_file())
    return sizes


def own_tree():
    """The folders that are ours: locate/address with its data, and the tagger; not what compilers left there."""
    root = Path(__file__).resolve().parents[2]
    folders = (root / "locate" / "address", root / "models" / "address_tagger")
    return sum(p.stat().st_size for f in folders for p in f.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def main():
    sys.path.remove(str(Path(__file__).resolve().parent))  # the folder of this file has names of the product's packages
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    name, order = sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8"))
    started, cpu = time.perf_counter(), time.process_time()
    read = ablated(name.partition(":")[2]) if ":" in name else READERS[name]()
    load, load_cpu = time.perf_counter() - started, time.process_time() - cpu
    speed = order["speed"]
    read(speed[:WARM])
    if hasattr(read, "crashed"):
        read.crashed = 0
    shown = getattr(read, "as_fields", lambda fields: fields)
    used = wall = 0.0
    areas = []
    for at in range(0, len(speed), CHUNK):  # what is read is not kept: memory is the reader's, not its results'
        started, cpu = time.perf_counter(), time.process_time()
        got = read(speed[at : at + CHUNK])
        used, wall = used + time.process_time() - cpu, wall + time.perf_counter() - started
        areas += [{name: one.get(name) for name in ("province", "city", "district")} for one in map(shown, got)]
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) * 1024
    crashed = getattr(read, "crashed", 0)
    sizes = disk_bytes()
    if hasattr(read, "crashed"):
        read.crashed = 0
    labelled, hard = ([shown(one) for one in read(order[part])] for part in ("labelled", "hard"))
    own = own_tree() if name.startswith("handa") else sizes.get({"geocodingchn": "GeocodingCHN"}.get(name, name), 0)
    json.dump(
        {
            "name": name, "load_s": load, "load_cpu_s": load_cpu, "texts": len(speed), "cpu_s": used, "wall_s": wall,
            "peak_bytes": peak, "disk_bytes": own, "disk_with_dependencies": sum(sizes.values()) + (own if name.startswith("handa") else 0),
            "crashed": crashed,
            "speed": areas,
            "crashed_labelled": getattr(read, "crashed", 0),
            "labelled": labelled,
            "hard": hard,
        },
        sys.stdout, ensure_ascii=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
