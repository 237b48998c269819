package io.cxr.pacs;

import io.cxr.file.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an Orthanc of one's own needs to work with the gateway: a configuration and a Lua script.
 */
public final class OrthancFiles {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private OrthancFiles() {}

  /**
   * Writes {@code orthanc.json} and {@code cxr.lua}. That Orthanc keeps its data in the same
   * folder, answers this computer alone over HTTP, and notifies the gateway of series that are
   * stable. Its port of the DICOM network is open on all interfaces, since this Orthanc cannot bind
   * it to one; but it refuses every association that does not come from this computer by one of the
   * application entity titles in its configuration.
   *
   * @param folder made when needed; must have neither file yet
   * @param httpPort of DICOMweb and of Orthanc's pages
   * @param dicomPort of the DICOM network, to which modalities send
   * @param stableSeconds how long nothing new may come before a series counts as complete
   * @throws FileAlreadyExistsException if one of the files is there
   * @throws IOException if they cannot be written
   */
  public static void write(Path folder, int httpPort, int dicomPort, int stableSeconds)
      throws IOException {
    Path whole = folder.toAbsolutePath().normalize();
    Path script = whole.resolve("cxr.lua");
    Path configuration = whole.resolve("orthanc.json");
    for (Path file : List.of(script, configuration)) {
      if (Files.exists(file)) {
        throw new FileAlreadyExistsException(
            file + ": expected a folder without it; name another folder");
      }
    }
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("Name", "cxr");
    settings.put("StorageDirectory", whole.resolve("orthanc").toString());
    settings.put("IndexDirectory", whole.resolve("orthanc").toString());
    // The folder holds more plugins than are needed, some of which change how images are decoded.
    settings.put("Plugins", List.of("/usr/share/orthanc/plugins/libOrthancDicomWeb.so"));
    settings.put("LuaScripts", List.of(script.toString()));
    settings.put("HttpPort", httpPort);
    settings.put("DicomPort", dicomPort);
    settings.put("DicomAlwaysAllowEcho", false);
    settings.put("DicomAlwaysAllowStore", false);
    settings.put("DicomCheckModalityHost", true);
    settings.put("DicomModalities", modalities());
    settings.put("RemoteAccessAllowed", false);
    settings.put("AuthenticationEnabled", false);
    settings.put("OverwriteInstances", false);
    settings.put("StableAge", stableSeconds);
    settings.put("DicomWeb", Map.of("Enable", true, "Root", "/dicom-web/"));
    AtomicFile.write(script, script());
    AtomicFile.write(configuration, JSON.writeValueAsString(settings) + "\n");
  }

  /** Who may send: the tools of dcmtk by their usual titles, and whoever takes the last one. */
  private static Map<String, Object> modalities() {
    Map<String, Object> modalities = new LinkedHashMap<>();
    for (String title : List.of("DCMSEND", "STORESCU", "ECHOSCU", "CXR")) {
      Map<String, Object> modality = new LinkedHashMap<>();
      modality.put("AET", title);
      modality.put("Host", "127.0.0.1");
      modality.put("Port", 104);
      modality.put("AllowEcho", true);
      modality.put("AllowStore", true);
      for (String other : List.of("AllowFind", "AllowGet", "AllowMove")) {
        modality.put(other, false);
      }
      modalities.put(title.toLowerCase(Locale.ROOT), modality);
    }
    return modalities;
  }

  private static String script() throws IOException {
    try (InputStream in = OrthancFiles.class.getResourceAsStream("orthanc.lua")) {
      return new String(
          Objects.requireNonNull(in, "orthanc.lua is in the jar").readAllBytes(),
          StandardCharsets.UTF_8);
    }
  }
}
