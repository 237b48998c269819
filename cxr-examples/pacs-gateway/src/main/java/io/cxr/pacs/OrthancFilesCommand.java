package io.cxr.pacs;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes what an Orthanc of one's own needs to work with the gateway. */
@Command(
    name = "orthanc-files",
    description =
        "Writes a configuration and a Lua script for an Orthanc of your own, which answers this"
            + " computer alone, also by DICOM, and notifies the gateway of stable series.",
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class OrthancFilesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where orthanc.json and cxr.lua go.")
  private Path folder;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      description = "Of DICOMweb and of Orthanc's pages.")
  private int httpPort = 18042;

  @Option(names = "--dicom-port", paramLabel = "PORT", description = "To which modalities send.")
  private int dicomPort = 14242;

  @Option(
      names = "--stable-seconds",
      paramLabel = "N",
      description = "How long nothing new may come before a series counts as complete.")
  private int stableSeconds = 10;

  @Override
  public Integer call() throws IOException {
    OrthancFiles.write(folder, httpPort, dicomPort, stableSeconds);
    PrintWriter out = spec.commandLine().getOut();
    out.println("Start it with: /usr/sbin/Orthanc " + folder.resolve("orthanc.json"));
    out.println(
        "Then: cxr-gateway --archive http://127.0.0.1:"
            + httpPort
            + "/dicom-web --state "
            + folder.resolve("state"));
    out.flush();
    return 0;
  }
}
