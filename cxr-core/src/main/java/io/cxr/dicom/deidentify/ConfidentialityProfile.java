package io.cxr.dicom.deidentify;

import io.cxr.dicom.DicomTag;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The attributes of the Basic Application Level Confidentiality Profile and what it does to them
 * (DICOM PS3.15, table E.1-1), read when it is first asked.
 */
final class ConfidentialityProfile {
  /** The edition of the table. */
  static final String EDITION = "2026d";

  /** What the profile does to a value (PS3.15, table E.1-1a); compound ones depend on the IOD. */
  enum Action {
    /** X: removes it. */
    REMOVE,
    /** Z: leaves no value. */
    EMPTY,
    /** D: puts a dummy there. */
    DUMMY,
    /** U: replaces the identifier, everywhere by the same. */
    NEW_UID,
    /** X/Z. */
    REMOVE_OR_EMPTY,
    /** X/D. */
    REMOVE_OR_DUMMY,
    /** X/Z/D. */
    REMOVE_OR_EMPTY_OR_DUMMY,
    /** Z/D. */
    EMPTY_OR_DUMMY,
    /** X/Z/U*: of a sequence, the identifiers in its items. */
    REMOVE_OR_EMPTY_OR_NEW_UIDS;

    static Action of(String code) {
      return switch (code) {
        case "X" -> REMOVE;
        case "Z" -> EMPTY;
        case "D" -> DUMMY;
        case "U" -> NEW_UID;
        case "X/Z" -> REMOVE_OR_EMPTY;
        case "X/D" -> REMOVE_OR_DUMMY;
        case "X/Z/D" -> REMOVE_OR_EMPTY_OR_DUMMY;
        case "Z/D" -> EMPTY_OR_DUMMY;
        case "X/Z/U*" -> REMOVE_OR_EMPTY_OR_NEW_UIDS;
        default ->
            throw new IllegalStateException(
                "Confidentiality profile: expected an action code, found '"
                    + code
                    + "'; use an unchanged cxr-core");
      };
    }
  }

  /**
   * A line of the table.
   *
   * @param action of the Basic Profile
   * @param keptAsUid whether Retain UIDs keeps it
   * @param keptAsDevice whether Retain Device Identity keeps it
   * @param keptAsCharacteristic whether Retain Patient Characteristics keeps it
   * @param isTemporal whether Retain Longitudinal Temporal Information With Modified Dates cleans
   *     it instead
   */
  record Rule(
      Action action,
      boolean keptAsUid,
      boolean keptAsDevice,
      boolean keptAsCharacteristic,
      boolean isTemporal) {}

  /** Of private attributes, and of those that PS3.6 does not name. */
  private static final Rule REMOVED = new Rule(Action.REMOVE, false, false, false, false);

  /**
   * Encrypted Attributes Sequence, in which an earlier de-identification may have left the patient,
   * and MAC Parameters Sequence, which belongs to removed signatures: not in the table.
   */
  private static final Set<DicomTag> BROKEN =
      Set.of(DicomTag.of(0x04000500), DicomTag.of(0x4ffe0001));

  private ConfidentialityProfile() {}

  /**
   * What happens to an attribute.
   *
   * @return empty if it stays, but for what is in its items
   */
  static Optional<Rule> rule(DicomTag tag) {
    int group = tag.group();
    // Commands, file meta information and directories are not in a data set of an instance.
    if (group < 8) {
      return Optional.of(REMOVED);
    }
    Rule listed = Loaded.RULES.get(group << 16 | tag.element());
    if (listed != null) {
      return Optional.of(listed);
    }
    // Curves and overlays leave as whole modules: without their data, the rest means nothing.
    boolean isRepeating = (group & 0xff00) == 0x5000 || (group & 0xff00) == 0x6000;
    boolean stays =
        !BROKEN.contains(tag) && !tag.isPrivate() && !isRepeating && !tag.isGroupLength();
    return stays && tag.keyword().isPresent() ? Optional.empty() : Optional.of(REMOVED);
  }

  /** The tags that the table lists, in its order; for 50xx and 60xx those of the first group. */
  static List<DicomTag> listed() {
    return Loaded.LISTED;
  }

  private static final class Loaded {
    static final Map<Integer, Rule> RULES = new HashMap<>(2048);
    static final List<DicomTag> LISTED = load();

    private static List<DicomTag> load() {
      List<DicomTag> listed = new ArrayList<>();
      try (InputStream stream =
          ConfidentialityProfile.class.getResourceAsStream("confidentiality.txt")) {
        if (stream == null) {
          throw new IllegalStateException(
              "Confidentiality profile: expected io/cxr/dicom/deidentify/confidentiality.txt in cxr-core,"
                  + " found nothing; use an unchanged cxr-core");
        }
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII));
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          if (line.startsWith("#")) {
            continue;
          }
          int tag = Integer.parseUnsignedInt(line.substring(0, 8).replace('x', '0'), 16);
          listed.add(DicomTag.of(tag));
          if (line.charAt(2) != 'x') {
            RULES.put(tag, rule(line.substring(9)));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return Collections.unmodifiableList(listed);
    }

    private static Rule rule(String text) {
      int space = text.indexOf(' ');
      String options = space < 0 ? "" : text.substring(space + 1);
      return new Rule(
          Action.of(space < 0 ? text : text.substring(0, space)),
          options.indexOf('U') >= 0,
          options.indexOf('D') >= 0,
          options.indexOf('P') >= 0,
          options.indexOf('T') >= 0);
    }
  }
}
