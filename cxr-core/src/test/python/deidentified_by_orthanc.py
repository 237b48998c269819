"""Writes the tags that Orthanc's anonymisation by PS3.15 2021b removes or changes, from an instance
that has every attribute of pydicom's dictionary.

Start Orthanc without authentication on port 8042 and run: python3 deidentified_by_orthanc.py > FILE
Made with pydicom 2.3.1 and Orthanc 1.10.1.
"""

import io
import json
from urllib.request import Request, urlopen

import pydicom
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

ORTHANC = "http://127.0.0.1:8042/instances"
BINARY = b"SECRETSE"
VALUES = {
    "AS": "017Y", "AT": 0x00100010, "DA": "19771123", "DS": "7.5", "DT": "19771123101112",
    "IS": "7", "PN": "SECRET^X", "TM": "101112", "UI": "1.2.3.4.5.6", "UR": "http://secret",
    **dict.fromkeys("FD FL SL SS SV UL US UV".split(), 7),
    **dict.fromkeys("OB OD OF OL OV OW UN".split(), BINARY),
    **dict.fromkeys("AE CS LO LT SH ST UC UT".split(), "SECRET"),
}  # fmt: skip
PIXELS = "SamplesPerPixel BitsAllocated BitsStored HighBit PixelRepresentation".split()


def source():
    data_set = Dataset()
    for tag, (vr, _, _, _, keyword) in sorted(DicomDictionary.items()):
        vr = vr.split(" or ")[0]
        group = tag >> 16
        if group < 8 or group >= 0x7FE0 or tag & 0xFFFF == 0 or keyword in PIXELS:
            continue
        if keyword in ("SpecificCharacterSet", "BurnedInAnnotation"):
            continue
        if vr == "SQ":
            item = Dataset()
            item.PatientName = "SECRET^N"
            data_set.add_new(tag, vr, Sequence([item]))
        elif vr in VALUES:
            data_set.add_new(tag, vr, VALUES[vr])
    data_set.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = data_set.SOPClassUID
    meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data_set.file_meta = meta
    data_set.is_little_endian, data_set.is_implicit_VR = True, False
    return data_set


original = source()
encoded = io.BytesIO()
original.save_as(encoded, write_like_original=False)
stored = json.load(urlopen(Request(ORTHANC, data=encoded.getvalue())))
request = Request(
    f"{ORTHANC}/{stored['ID']}/anonymize", data=json.dumps({"DicomVersion": "2021b"}).encode()
)
result = pydicom.dcmread(io.BytesIO(urlopen(request).read()))
print("# Changed by Orthanc 1.10.1, PS3.15 2021b; made by deidentified_by_orthanc.py")
for element in original:
    tag = element.tag
    # Those say that the patient's identity is removed, and how.
    if int(tag) in (0x00120062, 0x00120063):
        continue
    if tag not in result or result[tag].value != element.value:
        print(f"{int(tag):08x}")
