package io.cxr.commandline;

import io.cxr.audit.AuditTrail;
import io.cxr.audit.AuditVerification;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks into the audit trails that {@code classify --audit} writes. */
@Command(
    name = "audit-trail",
    description = "Looks into the audit trails that classify --audit writes.",
    mixinStandardHelpOptions = true)
final class AuditTrailCommand {
  @Spec private CommandSpec spec;

  @Command(
      name = "verify",
      description = {
        "Tells whether a trail is as it was written, or which line is the first bad one.",
        "Exit code 0 if it is, 1 if not."
      },
      mixinStandardHelpOptions = true)
  int verify(
      @Parameters(paramLabel = "FILE.jsonl", description = "An audit trail.") Path file,
      @Option(
              names = "--contains",
              paramLabel = "SHA256",
              description =
                  "The SHA-256 that an earlier verification printed: the trail must still hold that"
                      + " line, so that a missing end shows, too.")
          @Nullable String kept)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    String wanted = kept == null ? null : kept.toLowerCase(Locale.ROOT);
    if (wanted != null && !wanted.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "--contains: expected 64 hexadecimal digits, found other text. Pass what an earlier"
              + " verification printed.");
    }
    boolean[] found = {false};
    AuditVerification verification =
        AuditTrail.verify(file, entry -> found[0] |= entry.sha256().equals(wanted));
    out.printf("%d records %s%n", verification.records(), verification.head());
    out.flush();
    Optional<AuditVerification.Fault> fault = verification.fault();
    if (fault.isPresent()) {
      err.printf("cxr: %s: line %d: %s.%n", file, fault.get().line(), fault.get().reason());
      return 1;
    }
    if (wanted != null && !found[0]) {
      err.printf(
          "cxr: %s: expected the line with SHA-256 %s, found none: lines are missing at the end, or"
              + " the trail was made anew.%n",
          file, wanted);
      return 1;
    }
    return 0;
  }
}
