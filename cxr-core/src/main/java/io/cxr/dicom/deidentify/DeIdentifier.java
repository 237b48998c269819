package io.cxr.dicom.deidentify;

import io.cxr.dicom.Code;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.UnknownRepresentations;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * De-identifies DICOM instances by the Basic Application Level Confidentiality Profile (DICOM
 * PS3.15 E.2, table E.1-1 of 2026d) and the options of {@link Builder}. Immutable and thread-safe.
 *
 * <p>Attributes of the table are removed, emptied or replaced, also within sequence items; private
 * attributes, those that PS3.6 does not list, curves and overlays are removed; all others are kept
 * unchanged. Replacements of Patient ID and UIDs are derived from a secret key, so instances that
 * belong together still do, across all files that are de-identified with the same key. UIDs of the
 * DICOM standard, under 1.2.840.10008, are kept.
 *
 * <p>Where the table leaves a choice, the attribute is removed from instances of computed and
 * digital radiography, mammography, intra-oral radiography and secondary capture, unless their
 * modules require it; others get a dummy or an empty value, which is valid in every module.
 *
 * <p>Bits of native pixel data outside the stored values, where old files keep overlays, are
 * cleared. Limits: stored pixel values, text in the image and comments in a compressed stream are
 * not changed; free text in attributes that the table does not list is kept. The codes for cleaned
 * pixels or descriptors are never claimed.
 */
public final class DeIdentifier {
  /** Which images are accepted, depending on Burned In Annotation (0028,0301). */
  public enum BurnedIn {
    /** Accepts only images with the value NO. */
    REQUIRE_NO,
    /**
     * Refuses images with a value other than NO. Images without a value are refused if their pixels
     * often contain text: Secondary Captures, ultrasound, and everything that was converted from
     * film, paper or a screen (Conversion Type).
     */
    REFUSE_CAPTURES,
    /** Refuses images with a value other than NO; accepts images without a value. */
    REFUSE_YES,
    /** Accepts all images: the caller knows that the pixels identify nobody. */
    ALLOW
  }

  static final DicomTag PATIENT_ID = DicomTag.of(0x00100020);
  private static final DicomTag ISSUER = DicomTag.of(0x00100021);
  private static final DicomTag ISSUER_QUALIFIERS = DicomTag.of(0x00100024);
  private static final DicomTag UNIVERSAL_ENTITY = DicomTag.of(0x00400032);
  private static final DicomTag CONVERSION_TYPE = DicomTag.of(0x00080064);
  private static final DicomTag MEDIA_STORAGE_CLASS = DicomTag.of(0x00020002);
  private static final DicomTag DIRECTORY_RECORDS = DicomTag.of(0x00041220);
  static final DicomTag PATIENT_IDENTITY_REMOVED = DicomTag.of(0x00120062);
  private static final DicomTag METHOD = DicomTag.of(0x00120063);
  private static final DicomTag METHOD_CODES = DicomTag.of(0x00120064);
  private static final DicomTag TEMPORAL_INFORMATION = DicomTag.of(0x00280303);

  private static final String STORAGE = "1.2.840.10008.5.1.4.1.1.";

  /** Classes whose modules require none of the attributes that have a choice, but for those. */
  private static final Pattern RADIOGRAPHS =
      Pattern.compile(Pattern.quote(STORAGE) + "(1(\\.[123](\\.1)?)?|7(\\.[1-4])?)");

  /** Secondary Captures and ultrasound, each of one frame and of several. */
  private static final Pattern CAPTURES =
      Pattern.compile(Pattern.quote(STORAGE) + "(7(\\.[1-4])?|6(\\.[12])?|3(\\.1)?)");

  private static final Pattern STANDARD_UID = Pattern.compile("1\\.2\\.840\\.10008(\\.[0-9]+)+");

  private final PseudonymKey key;
  private final boolean modifiedDates;
  private final boolean patientCharacteristics;
  private final boolean deviceIdentity;
  private final boolean uids;
  private final BurnedIn burnedIn;

  private DeIdentifier(Builder builder) {
    key = builder.key;
    modifiedDates = builder.modifiedDates;
    patientCharacteristics = builder.patientCharacteristics;
    deviceIdentity = builder.deviceIdentity;
    uids = builder.uids;
    burnedIn = builder.burnedIn;
  }

  /**
   * Options for a de-identifier with a random key that is not disclosed: replacements are
   * consistent only across its own files.
   *
   * @return a builder of the Basic Profile without options
   */
  public static Builder builder() {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    return builder(random);
  }

  /**
   * Options for a de-identifier with a given key. Whoever has the key can test whether a name or
   * number was a patient's: keep it as secret as the patients' identities, and apart from the
   * files; destroy it after the last export.
   *
   * @param key at least 16 random bytes; copied
   * @return a builder of the Basic Profile without options
   * @throws IllegalArgumentException if the key is shorter
   */
  public static Builder builder(byte[] key) {
    return new Builder(new PseudonymKey(key));
  }

  /** The options of a de-identifier. Not thread-safe. */
  public static final class Builder {
    private final PseudonymKey key;
    private boolean modifiedDates;
    private boolean patientCharacteristics;
    private boolean deviceIdentity;
    private boolean uids;
    private BurnedIn burnedIn = BurnedIn.REFUSE_CAPTURES;

    private Builder(PseudonymKey key) {
      this.key = key;
    }

    /**
     * Retain Longitudinal Temporal Information With Modified Dates (PS3.15 E.3.6): all dates of a
     * patient are moved back by the same number of days, 1 to 3652, which is derived from the key
     * and the Patient ID or, if there is none, from the Study Instance UID. Times of day are kept.
     * Incomplete dates, and the patient's birth date, are treated as in the Basic Profile.
     *
     * @param retained false by default: dates are removed or emptied
     * @return this builder
     */
    public Builder retainModifiedDates(boolean retained) {
      modifiedDates = retained;
      return this;
    }

    /**
     * Retain Patient Characteristics (PS3.15 E.3.7): age, sex, size, weight, ethnic group,
     * pregnancy and smoking status are kept. Allergies, the patient's state and other free text are
     * removed.
     *
     * @param retained false by default
     * @return this builder
     */
    public Builder retainPatientCharacteristics(boolean retained) {
      patientCharacteristics = retained;
      return this;
    }

    /**
     * Retain Device Identity (PS3.15 E.3.8): station name, serial number, device UID and the like
     * are kept. Application entity titles are removed. Dates of calibration, manufacture and
     * installation are treated like other dates.
     *
     * @param retained false by default
     * @return this builder
     */
    public Builder retainDeviceIdentity(boolean retained) {
      deviceIdentity = retained;
      return this;
    }

    /**
     * Retain UIDs (PS3.15 E.3.9): anyone with access to the archive can find the instance by its
     * UID.
     *
     * @param retained false by default
     * @return this builder
     */
    public Builder retainUids(boolean retained) {
      uids = retained;
      return this;
    }

    /**
     * Which images are refused because their pixels may contain the patient's name.
     *
     * @param rule {@link BurnedIn#REFUSE_CAPTURES} by default
     * @return this builder
     */
    public Builder burnedIn(BurnedIn rule) {
      burnedIn = Objects.requireNonNull(rule, "rule");
      return this;
    }

    /**
     * Creates the de-identifier.
     *
     * @return a de-identifier with these options
     */
    public DeIdentifier build() {
      return new DeIdentifier(this);
    }
  }

  /**
   * The pseudonym of a value, such as a Patient ID, for logs and lists: 16 characters A to Z and 2
   * to 7, 80 bits that are derived from the key and the value. It is also the replacement of a
   * Patient ID without an issuer; with Issuer of Patient ID, or the Universal Entity ID of its
   * qualifiers, the replacement is derived from both.
   *
   * @param value the value, without padding
   * @return its pseudonym
   */
  public String pseudonym(String value) {
    return key.pseudonym(value);
  }

  /**
   * The replacement of the UID of an instance, series, study or the like.
   *
   * @param uid the UID
   * @return a UID under 2.25, derived from the key and the UID; the same UID for those of the DICOM
   *     standard, and with {@link Builder#retainUids}
   */
  public String replacement(String uid) {
    return uids ? uid : newUid(uid);
  }

  /** Also where UIDs are retained: Retain UIDs does not name every attribute. */
  String newUid(String uid) {
    return STANDARD_UID.matcher(uid).matches() ? uid : key.uid(uid);
  }

  /**
   * De-identifies an instance. The result has new file meta information without application
   * entities, and states the method of de-identification (0012,0062 to 0012,0064, 0028,0303).
   *
   * @param file an instance; not changed, and its pixel data are shared unless unused bits are
   *     cleared
   * @return the de-identified instance, in the same transfer syntax
   * @throws UnsupportedRadiographException if its pixels may contain the patient's name (reason
   *     BURNED_IN_ANNOTATION, see {@link Builder#burnedIn}), or if it is a DICOMDIR (NOT_AN_IMAGE)
   */
  public DicomFile deIdentify(DicomFile file) {
    DicomDataSet source = UnknownRepresentations.resolve(file.dataSet());
    if (source.element(DIRECTORY_RECORDS).isPresent()) {
      throw DicomRefusal.refused(
          Reason.NOT_AN_IMAGE,
          "expected an instance, found a directory (DICOMDIR), whose file names may name patients;"
              + " de-identify the files and make a new one");
    }
    checkPixels(source);
    checkOverlays(source);
    String sopClass =
        source
            .string(DicomTag.SOP_CLASS_UID)
            .or(() -> file.metaInformation().string(MEDIA_STORAGE_CLASS))
            .orElse("");
    String patient =
        identity(source).or(() -> source.string(DicomTag.STUDY_INSTANCE_UID)).orElse("");
    AttributeRules rules =
        new AttributeRules(
            RADIOGRAPHS.matcher(sopClass).matches(), new ShiftedDates(key.days(patient)), this);
    DicomDataSet dataSet = rules.walk(source).with(marks());
    DicomDataSet meta =
        file.transferSyntax() == TransferSyntax.OTHER_ENCAPSULATED
            ? DicomDataSet.of(
                DicomElement.ofText(
                    DicomTag.TRANSFER_SYNTAX_UID, ValueRepresentation.UI, file.transferSyntaxUid()))
            : DicomDataSet.of();
    return new DicomFile(meta, file.transferSyntax(), dataSet);
  }

  boolean retainsModifiedDates() {
    return modifiedDates;
  }

  boolean retainsPatientCharacteristics() {
    return patientCharacteristics;
  }

  boolean retainsDeviceIdentity() {
    return deviceIdentity;
  }

  boolean retainsUids() {
    return uids;
  }

  private void checkPixels(DicomDataSet source) {
    Optional<String> said = source.string(DicomTag.BURNED_IN_ANNOTATION);
    boolean refused =
        switch (burnedIn) {
          case ALLOW -> false;
          case REFUSE_CAPTURES -> said.map(value -> !value.equals("NO")).orElse(isCapture(source));
          case REFUSE_YES -> said.isPresent() && !said.get().equals("NO");
          case REQUIRE_NO -> said.isEmpty() || !said.get().equals("NO");
        };
    if (refused) {
      throw DicomRefusal.refused(
          Reason.BURNED_IN_ANNOTATION,
          "expected Burned In Annotation (0028,0301) "
              + (said.isEmpty() || burnedIn == BurnedIn.REQUIRE_NO ? "NO" : "NO or none")
              + ", found "
              + (said.isEmpty() ? "none" : "another value")
              + ", so the pixels may name the patient; clean them first, or allow it where you know"
              + " that they do not");
    }
  }

  private static boolean isCapture(DicomDataSet source) {
    return source.string(CONVERSION_TYPE).isPresent()
        || source
            .string(DicomTag.SOP_CLASS_UID)
            .filter(sopClass -> CAPTURES.matcher(sopClass).matches())
            .isPresent();
  }

  /**
   * Bits of overlays in cells of compressed pixel data, which only a decoder gets at. Those of
   * native pixel data are cleared ({@link UnusedBits}).
   */
  private static void checkOverlays(DicomDataSet source) {
    boolean compressed =
        source.element(DicomTag.PIXEL_DATA).filter(DicomElement::isEncapsulated).isPresent();
    for (int group = 0x6000; compressed && group <= 0x60fe; group += 2) {
      long[] position = source.integers(new DicomTag(group, 0x0102));
      if (position.length > 0
          && position[0] != 0
          && source.element(new DicomTag(group, 0x3000)).isEmpty()) {
        throw DicomRefusal.refused(
            Reason.BURNED_IN_ANNOTATION,
            "expected compressed pixel data without overlays in their unused bits, found one by"
                + " Overlay Bit Position "
                + new DicomTag(group, 0x0102)
                + ", which may name the patient; decompress the instance first");
      }
    }
  }

  /**
   * What tells a patient from others: Patient ID, and who issued it where that is known, since two
   * hospitals' patients may have the same number.
   */
  static Optional<String> identity(DicomDataSet source) {
    Optional<String> issuer =
        source
            .string(ISSUER)
            .or(
                () ->
                    source.items(ISSUER_QUALIFIERS).stream()
                        .flatMap(item -> item.string(UNIVERSAL_ENTITY).stream())
                        .findFirst());
    // No text has a character 0, so that no number and issuer are those of another patient.
    return source.string(PATIENT_ID).map(id -> issuer.map(from -> id + '\0' + from).orElse(id));
  }

  /** That it is de-identified, and how (PS3.15 E.2 and E.3, codes of CID 7050). */
  private DicomElement[] marks() {
    List<Code> codes = new ArrayList<>();
    codes.add(Code.dcm(113100, "Basic Application Confidentiality Profile"));
    if (modifiedDates) {
      codes.add(Code.dcm(113107, "Retain Longitudinal Temporal Information Modified Dates Option"));
    }
    if (patientCharacteristics) {
      codes.add(Code.dcm(113108, "Retain Patient Characteristics Option"));
    }
    if (deviceIdentity) {
      codes.add(Code.dcm(113109, "Retain Device Identity Option"));
    }
    if (uids) {
      codes.add(Code.dcm(113110, "Retain UIDs Option"));
    }
    return new DicomElement[] {
      DicomElement.ofText(PATIENT_IDENTITY_REMOVED, ValueRepresentation.CS, "YES"),
      DicomElement.ofText(
          METHOD,
          ValueRepresentation.LO,
          "DICOM PS3.15 " + ConfidentialityProfile.EDITION + " table E.1-1 by cxr"),
      DicomElement.ofItems(METHOD_CODES, codes.stream().map(Code::toItem).toList()),
      DicomElement.ofText(
          TEMPORAL_INFORMATION, ValueRepresentation.CS, modifiedDates ? "MODIFIED" : "REMOVED")
    };
  }
}
