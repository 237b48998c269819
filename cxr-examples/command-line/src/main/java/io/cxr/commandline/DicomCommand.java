package io.cxr.commandline;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomInspection;
import io.cxr.dicom.Leniency;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks into DICOM files, and takes the patient out of them. */
@Command(
    name = "dicom",
    description = "Looks into DICOM files, and takes the patient out of them.",
    mixinStandardHelpOptions = true,
    subcommands = DeidentifyCommand.class)
final class DicomCommand {
  private static final int LONGEST = 64;

  private static final DicomRadiographOptions EVERYTHING =
      DicomRadiographOptions.DEFAULT.withForProcessing(true).withAnyBodyPart(true);

  @Spec private CommandSpec spec;

  @Command(
      name = "dump",
      description = {
        "Prints the elements of a file, patient data among them; of a file that is refused as many",
        "as can be read, and where it breaks off. Says, too, what is not as the standard has it,",
        "and whether the file can be read as a radiograph."
      },
      mixinStandardHelpOptions = true)
  int dump(@Parameters(paramLabel = "FILE", description = "A DICOM file.") Path file)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    DicomReadingOption.quietReader();
    byte[] encoded;
    try (InputStream in = Files.newInputStream(file)) {
      encoded = in.readNBytes((int) DecodeLimits.DEFAULT.bytes() + 1);
    }
    DicomInspection inspection = DicomInspection.of(encoded, DecodeLimits.DEFAULT);
    DicomInspection.Break end = inspection.end().orElse(null);
    boolean nothing =
        inspection.metaInformation().elements().isEmpty()
            && inspection.dataSet().elements().isEmpty();
    if (end != null && nothing) {
      throw end.refusal();
    }
    inspection.transferSyntax().ifPresent(syntax -> out.println("# " + syntax.standardName()));
    print(out, inspection.metaInformation(), "");
    print(out, inspection.dataSet(), "");
    if (end == null) {
      inspectPixels(out, DicomFile.read(encoded, DecodeLimits.DEFAULT));
    } else {
      tell(out, inspection.leniencies());
      out.println("# broken off at byte " + end.offset() + ": " + end.refusal().getMessage());
    }
    out.flush();
    return end == null ? 0 : 1;
  }

  /** What else is forgiven, or refused, is known when the pixels are decoded. */
  private static void inspectPixels(PrintWriter out, DicomFile file) {
    try {
      tell(out, DicomRadiographReader.standard().read(file, EVERYTHING).leniencies());
      DicomRadiographReader.standard().read(file, DicomRadiographOptions.DEFAULT);
    } catch (UnsupportedRadiographException e) {
      if (e.reason() != UnsupportedRadiographException.Reason.NOT_FOR_PRESENTATION
          && e.reason() != UnsupportedRadiographException.Reason.UNSUPPORTED_BODY_PART) {
        tell(out, file.leniencies());
      }
      out.println("# refused as a radiograph: " + e.getMessage());
    }
  }

  private static void tell(PrintWriter out, List<Leniency> leniencies) {
    leniencies.forEach(leniency -> out.println("# forgiven: " + leniency));
  }

  private static void print(PrintWriter out, DicomDataSet dataSet, String indent) {
    for (DicomElement element : dataSet.elements()) {
      String name = element.tag().keyword().orElse(element.tag().isPrivate() ? "private" : "?");
      out.println(
          indent + element.tag() + " " + element.vr() + " " + name + " " + value(element, dataSet));
      for (DicomDataSet item : element.items()) {
        out.println(indent + "  item");
        print(out, item, indent + "    ");
      }
    }
  }

  private static String value(DicomElement element, DicomDataSet dataSet) {
    if (element.isEncapsulated() || !element.items().isEmpty()) {
      return "";
    }
    List<String> texts = element.strings(dataSet.characterSet());
    String value;
    if (!texts.isEmpty()) {
      value = "[" + String.join("\\", texts) + "]";
    } else if (element.bytes().remaining() > LONGEST) {
      value = element.bytes().remaining() + " bytes";
    } else {
      value =
          Arrays.stream(element.decimals())
              .mapToObj(number -> number == Math.rint(number) ? "" + (long) number : "" + number)
              .collect(Collectors.joining("\\"));
    }
    // Nothing of a file may steer the terminal.
    value = value.replaceAll("\\p{Cntrl}", ".");
    return value.length() > 2 * LONGEST ? value.substring(0, 2 * LONGEST) + "..." : value;
  }
}
