package io.cxr.commandline;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import java.io.IOException;
import java.io.PrintWriter;
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

  @Spec private CommandSpec spec;

  @Command(
      name = "dump",
      description = "Prints the elements of a file, patient data among them.",
      mixinStandardHelpOptions = true)
  int dump(@Parameters(paramLabel = "FILE", description = "A DICOM file.") Path file)
      throws IOException {
    DicomFile read = DicomFile.read(file);
    PrintWriter out = spec.commandLine().getOut();
    out.println("# " + read.transferSyntax().standardName());
    print(out, read.metaInformation(), "");
    print(out, read.dataSet(), "");
    out.flush();
    return 0;
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
