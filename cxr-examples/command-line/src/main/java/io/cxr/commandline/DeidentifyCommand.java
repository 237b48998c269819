package io.cxr.commandline;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.deidentify.DeIdentifier;
import io.cxr.dicom.deidentify.DeIdentifier.BurnedIn;
import io.cxr.file.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** De-identifies DICOM files. */
@Command(
    name = "deidentify",
    description = {
      "Writes DICOM files without what tells who the patient is, by the Basic Profile of PS3.15.",
      "Pixels are not changed: look at them. A bad file is named and does not stop the others."
    },
    mixinStandardHelpOptions = true)
final class DeidentifyCommand implements Callable<Integer> {
  private static final DicomTag PATIENT_ID = DicomTag.of(0x00100020);
  private static final Pattern UID = Pattern.compile("[0-9.]{1,64}");

  /** As far as a file shows whether it is DICOM. */
  private static final int HEAD = 144;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR",
      description = "DICOM files, or folders of them; other files in folders are passed over.")
  private List<Path> inputs;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where files go that are named by their new SOP Instance UID.")
  private Path out;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description =
          "At least 16 random bytes, such as 'openssl rand 32' makes. Files that are de-identified"
              + " with the same key still belong together. By default a key that nobody learns.")
  private @Nullable Path keyFile;

  @Option(
      names = "--shift-dates",
      description = "Moves the dates of a patient by the same number of days, and removes none.")
  private boolean shiftDates;

  @Option(
      names = "--keep-patient-characteristics",
      description = "Keeps age, sex, size, weight and the like.")
  private boolean keepCharacteristics;

  @Option(
      names = "--keep-device-identity",
      description = "Keeps station name, serial number and the like.")
  private boolean keepDevice;

  @Option(names = "--keep-uids", description = "Keeps the UIDs, by which archives find instances.")
  private boolean keepUids;

  @Option(
      names = "--allow-burned-in",
      description =
          "Takes images that say, in Burned In Annotation, that text is in their pixels, and Secondary"
              + " Captures, ultrasound and scans that do not say NO.")
  private boolean allowBurnedIn;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description =
          "Writes file,label,patient as training reads it. The label is the name of the input's"
              + " folder, and a folder of that name in DIR holds the output.")
  private @Nullable Path csv;

  @Override
  public Integer call() throws IOException {
    PrintWriter lines = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (csv != null) {
      OutputName.check("--csv", csv, ".csv");
    }
    DeIdentifier deIdentifier = deIdentifier(err);
    List<Path> files = files(err);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("Inputs: expected at least one DICOM file, found none.");
    }
    StringBuilder table = new StringBuilder("file,label,patient\n");
    Set<Path> written = new HashSet<>();
    int failed = 0;
    for (Path file : files) {
      try {
        DicomDataSet result = deIdentify(deIdentifier, file, written, table);
        lines.println(target(file, result));
        lines.flush();
      } catch (IOException | RuntimeException e) {
        failed++;
        Cxr.failed(err, file, e);
      }
    }
    if (csv != null) {
      AtomicFile.write(csv, table.toString());
    }
    if (failed > 0) {
      err.printf("cxr: %d of %d files failed.%n", failed, files.size());
    }
    return failed == 0 ? 0 : 1;
  }

  private DeIdentifier deIdentifier(PrintWriter err) throws IOException {
    DeIdentifier.Builder builder;
    if (keyFile == null) {
      err.println(
          "cxr: no --key-file, so files of another run will not belong together with these.");
      builder = DeIdentifier.builder();
    } else {
      builder = DeIdentifier.builder(Files.readAllBytes(keyFile));
    }
    return builder
        .retainModifiedDates(shiftDates)
        .retainPatientCharacteristics(keepCharacteristics)
        .retainDeviceIdentity(keepDevice)
        .retainUids(keepUids)
        .burnedIn(allowBurnedIn ? BurnedIn.ALLOW : BurnedIn.REFUSE_CAPTURES)
        .build();
  }

  /** Files that are named, and those in folders that begin as DICOM does. */
  private List<Path> files(PrintWriter err) throws IOException {
    List<Path> files = new ArrayList<>();
    int passedOver = 0;
    for (Path input : inputs) {
      if (!Files.isDirectory(input)) {
        files.add(input);
        continue;
      }
      if (out.toAbsolutePath().normalize().startsWith(input.toAbsolutePath().normalize())) {
        throw new IllegalArgumentException(
            "--out: expected a folder outside the inputs, found one in " + input + ".");
      }
      try (Stream<Path> below = Files.walk(input)) {
        for (Path file : below.filter(Files::isRegularFile).sorted().toList()) {
          if (isInstance(file)) {
            files.add(file);
          } else {
            passedOver++;
          }
        }
      }
    }
    if (passedOver > 0) {
      err.printf("cxr: passed over %d files that are no DICOM instances.%n", passedOver);
    }
    return files;
  }

  private static boolean isInstance(Path file) throws IOException {
    if (String.valueOf(file.getFileName()).equals("DICOMDIR")) {
      return false;
    }
    try (InputStream stream = Files.newInputStream(file)) {
      byte[] head = stream.readNBytes(HEAD);
      return DicomFile.isDicom(head, head.length);
    }
  }

  private DicomDataSet deIdentify(
      DeIdentifier deIdentifier, Path file, Set<Path> written, StringBuilder table)
      throws IOException {
    DicomFile result = deIdentifier.deIdentify(DicomFile.read(file));
    Path target = target(file, result.dataSet());
    if (!written.add(target)) {
      throw new IllegalArgumentException(
          "expected each SOP Instance UID (0008,0018) once, found that of a file before; keep one"
              + " of them");
    }
    AtomicFile.write(target, ByteBuffer.wrap(result.toBytes()));
    String place = out.relativize(target).toString().replace('\\', '/');
    String patient = result.dataSet().string(PATIENT_ID).orElse("");
    table.append(quoted(place)).append(',').append(quoted(label(file)));
    table.append(',').append(patient).append('\n');
    return result.dataSet();
  }

  private Path target(Path file, DicomDataSet result) {
    String uid = result.string(DicomTag.SOP_INSTANCE_UID).orElse("");
    // It becomes a file name.
    if (!UID.matcher(uid).matches()) {
      throw new IllegalArgumentException(
          "expected a SOP Instance UID (0008,0018) of digits and points, found "
              + (uid.isEmpty() ? "none" : "another")
              + "; it is no storable instance");
    }
    Path folder = csv == null ? out : out.resolve(label(file));
    return folder.resolve(uid + ".dcm");
  }

  private static String label(Path file) {
    Path folder = file.toAbsolutePath().normalize().getParent();
    Path name = folder == null ? null : folder.getFileName();
    return name == null ? "" : name.toString();
  }

  private static String quoted(String field) {
    return field.matches("[^\",\r\n]*") ? field : '"' + field.replace("\"", "\"\"") + '"';
  }
}
