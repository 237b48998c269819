"""Writes the data dictionary (DICOM PS3.6) as `tag VR keyword` lines; run: python3 dicom_dictionary.py > FILE"""

from pydicom.datadict import DicomDictionary

print("# Data elements of DICOM PS3.6: tag, value representation, keyword.")
for tag, (vr, _, _, _, keyword) in sorted(DicomDictionary.items()):
    vr = vr.split(" or ")[0]
    if keyword and len(vr) == 2 and tag >> 16 != 0:
        print(f"{tag:08x} {vr} {keyword}")
