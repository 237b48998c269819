package io.cxr.pacs;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an archive says about instances that it was to store (PS3.18, table 10.5.1-3): which it took
 * and which it refused. An answer without either says nothing, whatever its status.
 */
final class StoreAnswer {
  private static final JsonMapper JSON = new JsonMapper();

  /** PS3.18, table I.2-2; PS3.7 annex C: the instance is there already. */
  private static final int DUPLICATE_SOP_INSTANCE = 0x0111;

  private static final int OUT_OF_RESOURCES = 0xa700;

  private final int status;
  private final Set<String> accepted = new HashSet<>();

  /** Failure Reason by instance; empty where the archive does not say which. */
  private final Map<String, Integer> refused = new HashMap<>();

  private StoreAnswer(int status) {
    this.status = status;
  }

  /** Reads an answer; what is no DICOM JSON says nothing. */
  static StoreAnswer read(int status, InputStream body) throws IOException {
    StoreAnswer answer = new StoreAnswer(status);
    JsonNode dataSet;
    try {
      dataSet = JSON.readTree(body);
    } catch (JacksonException e) {
      if (e.getCause() instanceof IOException broken) {
        throw broken;
      }
      return answer;
    }
    for (JsonNode item : dataSet.path("00081199").path("Value")) {
      answer.accepted.add(uid(item));
    }
    for (JsonNode item : dataSet.path("00081198").path("Value")) {
      int reason = item.path("00081197").path("Value").path(0).asInt(0);
      if (reason == DUPLICATE_SOP_INSTANCE) {
        answer.accepted.add(uid(item));
      } else {
        answer.refused.put(uid(item), reason);
      }
    }
    return answer;
  }

  private static String uid(JsonNode item) {
    return item.path("00081155").path("Value").path(0).asString("");
  }

  /** Whether the archive says that it has an instance. */
  boolean accepts(String instance) {
    return accepted.contains(instance) && !refused.containsKey(instance);
  }

  /** Why an instance that the archive does not have either counts as not stored. */
  ArchiveException failure(String request, String instance) {
    Integer reason = refused.getOrDefault(instance, refused.get(""));
    if (reason != null) {
      return new ArchiveException(
          (reason & 0xff00) == OUT_OF_RESOURCES
              ? ArchiveException.Kind.TEMPORARY
              : ArchiveException.Kind.REFUSED,
          String.format(
              Locale.ROOT,
              "%s: expected all to be stored, found Failure Reason %04XH; look into the archive's"
                  + " log",
              request,
              reason));
    }
    if (status == 409) {
      return ArchiveException.ofStatus(request, status);
    }
    return new ArchiveException(
        ArchiveException.Kind.TEMPORARY,
        request
            + ": expected the answer to name each instance, or a search to find it, found neither;"
            + " they are stored again later");
  }
}
