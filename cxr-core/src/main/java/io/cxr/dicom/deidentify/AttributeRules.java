package io.cxr.dicom.deidentify;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.dicom.deidentify.ConfidentialityProfile.Action;
import io.cxr.dicom.deidentify.ConfidentialityProfile.Rule;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What becomes of the attributes of one instance.
 *
 * @param isRadiograph whether choices are made for the modules of radiographs
 * @param dates moves the patient's dates
 * @param options the key and the options
 */
record AttributeRules(boolean isRadiograph, ShiftedDates dates, DeIdentifier options) {
  /** Of Type 2 in DX, and of Type 2C in the Patient Module. */
  private static final Set<DicomTag> TYPE_2 =
      Set.of(DicomTag.of(0x00400555), DicomTag.of(0x00102203));

  /** Of Type 1C in the DX Series Module: references and nothing else. */
  private static final DicomTag PERFORMED_STEPS = DicomTag.of(0x00081111);

  private static final String ANONYMOUS = "ANONYMOUS";

  DicomDataSet walk(DicomDataSet source) {
    TreeMap<DicomTag, DicomElement> kept = new TreeMap<>();
    for (DicomElement element : UnusedBits.cleared(source).elements()) {
      apply(element, source).ifPresent(left -> kept.put(left.tag(), left));
    }
    return DicomDataSet.owning(kept, source.characterSet());
  }

  private Optional<DicomElement> apply(DicomElement element, DicomDataSet around) {
    Optional<Rule> found = ConfidentialityProfile.rule(element.tag());
    if (found.isEmpty()) {
      return keep(element);
    }
    Rule rule = found.get();
    if (rule.isTemporal()) {
      // A device's dates would tell how far the others moved, so they are never kept.
      Optional<DicomElement> moved =
          options.retainsModifiedDates() ? dates.moved(element) : Optional.empty();
      return moved.isPresent() ? moved : act(rule.action(), element, around);
    }
    boolean retained =
        (rule.keptAsUid() && options.retainsUids())
            || (rule.keptAsDevice() && options.retainsDeviceIdentity())
            || (rule.keptAsCharacteristic() && options.retainsPatientCharacteristics());
    return retained ? keep(element) : act(rule.action(), element, around);
  }

  /** An attribute that stays, but for what is in its items. */
  private Optional<DicomElement> keep(DicomElement element) {
    return Optional.of(element.vr() == ValueRepresentation.SQ ? walked(element) : element);
  }

  private DicomElement walked(DicomElement sequence) {
    return DicomElement.ofItems(sequence.tag(), sequence.items().stream().map(this::walk).toList());
  }

  private Optional<DicomElement> act(Action action, DicomElement element, DicomDataSet around) {
    DicomTag tag = element.tag();
    boolean isSequence = element.vr() == ValueRepresentation.SQ;
    if (tag.equals(DeIdentifier.PATIENT_ID)) {
      // Of the choice Z/D the dummy: a list of patients can be split by it.
      return Optional.of(dummy(element, around));
    }
    return switch (action) {
      case REMOVE -> Optional.empty();
      case EMPTY -> Optional.of(empty(element));
      case DUMMY -> Optional.of(dummy(element, around));
      case NEW_UID -> Optional.of(isSequence ? walked(element) : newUids(element));
      case REMOVE_OR_EMPTY ->
          isRadiograph && !TYPE_2.contains(tag) ? Optional.empty() : Optional.of(empty(element));
      case EMPTY_OR_DUMMY -> Optional.of(isRadiograph ? empty(element) : dummy(element, around));
      case REMOVE_OR_DUMMY, REMOVE_OR_EMPTY_OR_DUMMY -> {
        if (tag.equals(PERFORMED_STEPS)) {
          yield isSequence ? Optional.of(walked(element)) : Optional.empty();
        }
        yield isRadiograph ? Optional.empty() : Optional.of(dummy(element, around));
      }
      case REMOVE_OR_EMPTY_OR_NEW_UIDS ->
          isSequence ? Optional.of(walked(element)) : Optional.empty();
    };
  }

  static DicomElement empty(DicomElement element) {
    return element.vr() == ValueRepresentation.SQ
        ? DicomElement.ofItems(element.tag(), List.of())
        : DicomElement.ofBytes(element.tag(), element.vr(), new byte[0]);
  }

  /** A value that is right by its representation and says nothing; none where there was none. */
  private DicomElement dummy(DicomElement element, DicomDataSet around) {
    DicomTag tag = element.tag();
    ValueRepresentation vr = element.vr();
    if (element.isEmpty()) {
      return empty(element);
    }
    return switch (vr) {
      case SQ -> DicomElement.ofItems(tag, element.items().stream().map(this::dummies).toList());
      case UI -> newUids(element);
      case AE, CS, LT, SH, ST, UC, UT -> DicomElement.ofText(tag, vr, ANONYMOUS);
      case LO, PN ->
          DicomElement.ofText(
              tag,
              vr,
              tag.equals(DeIdentifier.PATIENT_ID)
                  ? DeIdentifier.identity(around).map(options::pseudonym).orElse("")
                  : ANONYMOUS);
      case AS -> DicomElement.ofText(tag, vr, "000Y");
      case DA -> DicomElement.ofText(tag, vr, "19000101");
      case DT -> DicomElement.ofText(tag, vr, "19000101000000");
      case TM -> DicomElement.ofText(tag, vr, "000000");
      case DS, IS -> DicomElement.ofText(tag, vr, "1");
      case UR -> DicomElement.ofText(tag, vr, "about:blank");
      // As many values as there were, so that counts elsewhere still hold.
      case AT, FD, FL, SL, SS, SV, UL, US, UV ->
          DicomElement.ofBytes(tag, vr, new byte[Math.max(1, count(element)) * vr.width()]);
      case OB, OD, OF, OL, OV, OW, UN ->
          DicomElement.ofBytes(tag, vr, new byte[Math.max(2, vr.width())]);
    };
  }

  /**
   * An item of dummies. Code strings and counts that the table does not list stay, as they do
   * elsewhere, and UIDs that are retained: they hold the item together.
   */
  private DicomDataSet dummies(DicomDataSet item) {
    TreeMap<DicomTag, DicomElement> dummies = new TreeMap<>();
    for (DicomElement element : item.elements()) {
      Optional<Rule> rule = ConfidentialityProfile.rule(element.tag());
      boolean isStructure =
          switch (element.vr()) {
            case CS, UL, US -> rule.isEmpty();
            case UI -> options.retainsUids() && rule.isPresent() && rule.get().keptAsUid();
            default -> false;
          };
      if (isStructure) {
        dummies.put(element.tag(), element);
      } else if (rule.isEmpty() || rule.get().action() != Action.REMOVE) {
        dummies.put(element.tag(), dummy(element, item));
      }
    }
    return DicomDataSet.owning(dummies, item.characterSet());
  }

  /** Whole values, as many as an explicit length of 16 bits can hold. */
  private static int count(DicomElement element) {
    int width = element.vr().width();
    return Math.min(element.bytes().remaining(), 0xfff8) / width;
  }

  private DicomElement newUids(DicomElement element) {
    String[] replaced =
        ShiftedDates.texts(element).stream()
            .map(uid -> uid.isEmpty() ? uid : options.newUid(uid))
            .toArray(String[]::new);
    return DicomElement.ofText(element.tag(), ValueRepresentation.UI, replaced);
  }
}
