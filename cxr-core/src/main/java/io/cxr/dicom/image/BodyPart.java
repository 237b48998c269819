package io.cxr.dicom.image;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Whether Body Part Examined (0018,0015) rules the chest out. Many devices leave it empty, set it
 * once for all, or fill it with words of their own, so only terms that name another part of the
 * body for certain count: those of PS3.16 annex L, and their usual other spellings. All others are
 * taken for the chest, among them CHEST, THORAX, LUNG, RIB, STERNUM, HEART, WHOLEBODY and whatever
 * names the chest beside another part, such as CHESTABDOMEN.
 */
final class BodyPart {
  private static final Set<String> ELSEWHERE =
      Set.of(
          "ABDOMEN",
          "ABDOMENPELVIS",
          "ABDOMENANDPELVIS",
          "ANKLE",
          "ANUS",
          "APPENDIX",
          "ARM",
          "BLADDER",
          "BRAIN",
          "BREAST",
          "BUTTOCK",
          "CALCANEUS",
          "CALF",
          "CHEEK",
          "CEREBELLUM",
          "CERVIX",
          "COCCYX",
          "COLON",
          "CSPINE",
          "DUODENUM",
          "EAR",
          "ELBOW",
          "EXTREMITY",
          "EYE",
          "FACE",
          "FACIALBONES",
          "FEMUR",
          "FIBULA",
          "FINGER",
          "FINGERS",
          "FOOT",
          "FOREARM",
          "FOREFOOT",
          "GALLBLADDER",
          "HAND",
          "HEAD",
          "HEADNECK",
          "HEEL",
          "HINDFOOT",
          "HIP",
          "HUMERUS",
          "ILEUM",
          "ILIUM",
          "IAC",
          "JAW",
          "JEJUNUM",
          "KIDNEY",
          "KNEE",
          "KUB",
          "LEG",
          "LIMB",
          "LIVER",
          "LOWEREXTREMITY",
          "LOWERLEG",
          "LOWERLIMB",
          "LSPINE",
          "LUMBARSPINE",
          "LUMBOSACRALSPINE",
          "MANDIBLE",
          "MASTOID",
          "MAXILLA",
          "METACARPUS",
          "METATARSUS",
          "MOUTH",
          "NASALBONE",
          "NASALBONES",
          "NECK",
          "NOSE",
          "ORBIT",
          "ORBITS",
          "OVARY",
          "PANCREAS",
          "PATELLA",
          "PELVIS",
          "PENIS",
          "PHARYNX",
          "PROSTATE",
          "RADIUS",
          "RECTUM",
          "SACRUM",
          "SCALP",
          "SCROTUM",
          "SELLA",
          "SHOULDER",
          "SIJOINT",
          "SINUS",
          "SINUSES",
          "SKULL",
          "SPLEEN",
          "SSPINE",
          "STOMACH",
          "TARSUS",
          "TEETH",
          "TESTIS",
          "THIGH",
          "THUMB",
          "TIBIA",
          "TIBIAFIBULA",
          "TMJ",
          "TOE",
          "TOES",
          "TONGUE",
          "TOOTH",
          "ULNA",
          "UPPEREXTREMITY",
          "UPPERARM",
          "UPPERLIMB",
          "URETER",
          "URETHRA",
          "UTERUS",
          "VAGINA",
          "VULVA",
          "WRIST",
          "ZYGOMA",
          "CERVICALSPINE");

  private BodyPart() {}

  /** Whether all values name a part of the body that is not the chest. */
  static boolean isElsewhere(List<String> values) {
    List<String> terms =
        values.stream()
            .map(value -> value.toUpperCase(Locale.ROOT).replaceAll("[^A-Z]", ""))
            .filter(term -> !term.isEmpty())
            .toList();
    return !terms.isEmpty() && ELSEWHERE.containsAll(terms);
  }
}
