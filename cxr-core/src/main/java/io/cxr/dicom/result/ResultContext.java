package io.cxr.dicom.result;

import static io.cxr.dicom.ValueRepresentation.CS;
import static io.cxr.dicom.ValueRepresentation.DA;
import static io.cxr.dicom.ValueRepresentation.DT;
import static io.cxr.dicom.ValueRepresentation.IS;
import static io.cxr.dicom.ValueRepresentation.LO;
import static io.cxr.dicom.ValueRepresentation.PN;
import static io.cxr.dicom.ValueRepresentation.SH;
import static io.cxr.dicom.ValueRepresentation.ST;
import static io.cxr.dicom.ValueRepresentation.TM;
import static io.cxr.dicom.ValueRepresentation.UI;

import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.dicom.Code;
import io.cxr.dicom.DataSetBuilder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.DicomUids;
import io.cxr.dicom.ValueRepresentation;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What all kinds of results have in common: their source, and the modules that do not differ.
 *
 * @param source the radiograph's instance
 * @param model who says it
 * @param created when
 * @param zone the zone of dates and times where the source states none
 * @param frame which frame of the source was read, from 1; empty where it has one alone
 * @param superseded earlier results of the radiograph, in whose place these come
 */
record ResultContext(
    DicomDataSet source,
    ModelIdentity model,
    Instant created,
    ZoneId zone,
    OptionalInt frame,
    List<PriorResult> superseded) {
  static final int STUDY = 0x0020000d;
  static final int SERIES = 0x0020000e;
  static final int INSTANCE = 0x00080018;
  private static final int SOP_CLASS = 0x00080016;

  static final String MANUFACTURER = "cxr";
  private static final DicomTag TIMEZONE_OFFSET = DicomTag.of(0x00080201);

  /** Of the body parts of PS3.16 table L-1 those that films of the trunk and head may show. */
  private static final Set<String> UNPAIRED =
      Set.of(
          "ABDOMEN",
          "ABDOMENPELVIS",
          "CHEST",
          "CHESTABDOMEN",
          "CHESTABDPELVIS",
          "CSPINE",
          "HEAD",
          "HEADNECK",
          "HEART",
          "LSPINE",
          "LSSPINE",
          "MEDIASTINUM",
          "NECK",
          "PELVIS",
          "SKULL",
          "SPINE",
          "STERNUM",
          "TSPINE",
          "WHOLEBODY");

  /**
   * Classes that have one frame (PS3.4 B.5): computed and digital radiography, mammography,
   * intra-oral radiography, CT, MR, ultrasound, secondary capture and PET. Where such an instance
   * has more all the same, nothing may refer to one of them.
   */
  private static final Pattern SINGLE_FRAME =
      Pattern.compile(
          "1\\.2\\.840\\.10008\\.5\\.1\\.4\\.1\\.1\\.(1(\\.[123](\\.1)?)?|2|4|6(\\.1)?|7|128)");

  private static final int LONGEST_LONG_STRING = 64;

  private static final String NO_STUDY = DicomUids.of("picture", "study");

  /** Stands for a picture that is no instance. Its identifiers are written nowhere. */
  static final DicomDataSet PICTURE =
      new DataSetBuilder()
          .text(SOP_CLASS, UI, "1.2.840.10008.5.1.4.1.1.7")
          .text(INSTANCE, UI, DicomUids.of("picture", "instance"))
          .text(STUDY, UI, NO_STUDY)
          .text(SERIES, UI, DicomUids.of("picture", "series"))
          .build();

  /**
   * Checks that the source can be referred to.
   *
   * @throws io.cxr.error.UnsupportedRadiographException if it lacks an identifier
   */
  ResultContext {
    for (int tag : List.of(STUDY, SERIES, INSTANCE, SOP_CLASS)) {
      if (source.string(DicomTag.of(tag)).filter(uid -> !uid.isBlank()).isEmpty()) {
        throw DicomRefusal.unidentified(DicomTag.of(tag));
      }
    }
    superseded = List.copyOf(superseded);
  }

  String uid(int tag) {
    return source.string(DicomTag.of(tag)).orElseThrow();
  }

  /** Whether there is an instance, in a study, that results can refer to. */
  boolean isInStudy() {
    return !uid(STUDY).equals(NO_STUDY);
  }

  String resultUid(String kind) {
    return DicomUids.of("instance", uid(INSTANCE), model.sha256(), kind);
  }

  /** One device a model file. */
  String deviceUid() {
    return DicomUids.of("device", model.sha256());
  }

  /**
   * The offset of the source's own dates and times, which are copied: the result's own have to have
   * the same, as Timezone Offset From UTC (PS3.3 C.12.1.1.2) is one for the whole instance.
   */
  private Optional<ZoneOffset> statedOffset() {
    return source
        .string(TIMEZONE_OFFSET)
        .filter(offset -> offset.matches("[+-](0[0-9]|1[0-3])[0-5][0-9]|[+-]1400"))
        .map(ZoneOffset::of);
  }

  /** When the result was made, on the source's clock where that is known. */
  ZonedDateTime local() {
    return created.atZone(statedOffset().map(ZoneId.class::cast).orElse(zone));
  }

  String date() {
    return local().format(DateTimeFormatter.ofPattern("yyyyMMdd", Locale.ROOT));
  }

  String time() {
    return local().format(DateTimeFormatter.ofPattern("HHmmss", Locale.ROOT));
  }

  static String cut(String text) {
    return text.length() <= LONGEST_LONG_STRING ? text : text.substring(0, LONGEST_LONG_STRING);
  }

  /** The model as people name it. */
  String modelName() {
    return model.name() + " " + model.version();
  }

  /** The day of the study for people to read; empty where the source states none. */
  Optional<String> studyDate() {
    return new DataSetBuilder()
        .copyWhen(source, 0x00080020, DA)
        .build()
        .string(DicomTag.of(0x00080020))
        .map(day -> day.substring(0, 4) + '-' + day.substring(4, 6) + '-' + day.substring(6));
  }

  /** What is written where the radiograph is one frame of several; nothing where it is not. */
  Optional<String> frameLine() {
    return frame.isPresent()
        ? Optional.of(
            "Frame "
                + frame.getAsInt()
                + " of "
                + source.string(DicomTag.NUMBER_OF_FRAMES).orElse("several"))
        : Optional.empty();
  }

  /** What is written where results come in the place of others; nothing where they do not. */
  Optional<String> supersededLine() {
    String names =
        superseded.stream().map(PriorResult::model).distinct().collect(Collectors.joining(", "));
    return superseded.isEmpty()
        ? Optional.empty()
        : Optional.of("Supersedes the results of " + names);
  }

  /**
   * Patient, study, series, equipment and SOP common modules (PS3.3 C.7.1.1, C.7.2.1, C.7.3.1,
   * C.7.5.1, C.12.1).
   *
   * @param what a word for the kind of result, for the series' description
   */
  DataSetBuilder start(String sopClass, String kind, String modality, String what) {
    String version = cut(model.version());
    DataSetBuilder result =
        new DataSetBuilder()
            .text(0x00080005, CS, "ISO_IR 192")
            .text(0x00080012, DA, date())
            .text(0x00080013, TM, time())
            .text(SOP_CLASS, UI, sopClass)
            .text(INSTANCE, UI, resultUid(kind))
            // Patient.
            .copyOrEmpty(source, 0x00100010, PN)
            .copyOrEmpty(source, 0x00100020, LO)
            .copy(source, 0x00100021, LO)
            .copyWhen(source, 0x00100030, DA)
            .text(0x00100040, CS, sex())
            // Study.
            .text(STUDY, UI, uid(STUDY))
            .copyWhen(source, 0x00080020, DA)
            .copyWhen(source, 0x00080030, TM)
            .copyOrEmpty(source, 0x00080050, SH)
            .copyOrEmpty(source, 0x00080090, PN)
            .copyOrEmpty(source, 0x00200010, SH)
            .copy(source, 0x00081030, LO)
            .copy(source, 0x00101010, ValueRepresentation.AS)
            // Series: one for each kind of result, model and series of the source.
            .text(0x00080060, CS, modality)
            .text(SERIES, UI, DicomUids.of("series", uid(SERIES), model.sha256(), kind))
            .text(0x00200011, IS, "9001")
            .text(0x00080021, DA, date())
            .text(0x00080031, TM, time())
            .text(0x0008103e, LO, seriesDescription(what))
            // Equipment.
            .text(0x00080070, LO, MANUFACTURER)
            .text(0x00081090, LO, cut(model.name()))
            .text(0x00181000, LO, model.sha256())
            .text(0x00181020, LO, version)
            .text(0x00200013, IS, "1");
    if (statedOffset().isPresent()) {
      result.copyOrEmpty(source, 0x00080201, SH);
    }
    DicomDataSet equipment =
        new DataSetBuilder()
            .code(0x0040a170, Code.dcm(109102, "Processing Equipment"))
            .text(0x00080070, LO, MANUFACTURER)
            .text(0x00081090, LO, cut(model.name()))
            .text(0x00181000, LO, model.sha256())
            .text(0x00181002, UI, deviceUid())
            .text(0x00181020, LO, version)
            // With its own offset (PS3.5 6.2, DT), so that the moment is known in any case.
            .text(
                0x0018a002,
                DT,
                local().format(DateTimeFormatter.ofPattern("yyyyMMddHHmmssxx", Locale.ROOT)))
            .text(0x0018a003, ST, Prediction.NOTICE)
            .build();
    return result.items(0x0018a001, equipment);
  }

  /** Patient's Sex by its enumerated values (PS3.3 C.7.1.1); unknown for any other. */
  private String[] sex() {
    return source
        .string(DicomTag.of(0x00100040))
        .map(value -> value.toUpperCase(Locale.ROOT))
        .filter(Set.of("M", "F", "O")::contains)
        .stream()
        .toArray(String[]::new);
  }

  /**
   * The attributes of the General Series Module (PS3.3 C.7.3.1) on the body part. It is the chest
   * unless the source names another. Laterality is required of paired parts, may be empty where the
   * side is not known, and must not be there for unpaired ones.
   */
  void bodyPart(DataSetBuilder series) {
    String part =
        source
            .string(DicomTag.of(0x00180015))
            .map(value -> value.toUpperCase(Locale.ROOT))
            .filter(value -> value.matches("[A-Z0-9 _]{1,16}"))
            .orElse("CHEST");
    series.text(0x00180015, CS, part);
    if (!UNPAIRED.contains(part)) {
      series.text(
          0x00200060,
          CS,
          source
              .string(DicomTag.LATERALITY)
              .or(() -> source.string(DicomTag.IMAGE_LATERALITY))
              .filter(Set.of("R", "L")::contains)
              .stream()
              .toArray(String[]::new));
    }
  }

  /** Names the model, as far as there is room, so that viewers' lists tell old from new. */
  private String seriesDescription(String what) {
    String start = "cxr " + what + " by ";
    String end = ", research use only";
    int room = LONGEST_LONG_STRING - start.length() - end.length();
    String name = modelName().replace('\\', '/');
    return start + (name.length() <= room ? name : name.substring(0, room)) + end;
  }

  /** A reference to the radiograph's instance (PS3.3 10.8). */
  DataSetBuilder reference() {
    return new DataSetBuilder()
        .text(0x00081150, UI, uid(SOP_CLASS))
        .text(0x00081155, UI, uid(INSTANCE));
  }

  /** A reference to the frame that was read, where there are several (PS3.3 10.3). */
  DataSetBuilder frameReference() {
    DataSetBuilder reference = reference();
    if (frame.isPresent() && !SINGLE_FRAME.matcher(uid(SOP_CLASS)).matches()) {
      reference.text(0x00081160, IS, Integer.toString(frame.getAsInt()));
    }
    return reference;
  }

  /** Refers to the document that this one supersedes, if there is one of its class. */
  DataSetBuilder predecessors(DataSetBuilder document, String sopClass) {
    List<DicomDataSet> predecessors =
        superseded.stream()
            .filter(prior -> prior.sopClass().equals(sopClass))
            .map(PriorResult::hierarchical)
            .toList();
    return predecessors.isEmpty() ? document : document.items(0x0040a360, predecessors);
  }
}
