package io.cxr.workbench.cases;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A radiograph that a user brought.
 *
 * @param id 22 characters of an address, random
 * @param owner the user
 * @param name the file's name, which may tell who the patient is: never in an address or a log
 * @param folder where it was in the dropped folder, may be empty; likewise
 * @param added when it was brought
 * @param bytes the file's size
 * @param format such as {@code PNG}, or null if unknown
 * @param width in pixels, or null before it is decoded
 * @param height in pixels, or null before it is decoded
 * @param bits of a pixel, or null before it is decoded
 * @param answers by the models' ids
 * @param mark what the user thinks, or null
 */
public record Case(
    String id,
    String owner,
    String name,
    String folder,
    Instant added,
    long bytes,
    @Nullable String format,
    @Nullable Integer width,
    @Nullable Integer height,
    @Nullable Integer bits,
    Map<String, Answer> answers,
    @Nullable Mark mark) {

  /** Copies. */
  public Case {
    answers = Map.copyOf(answers);
  }

  /**
   * Whether the file is DICOM, which has a header.
   *
   * @return false for all other formats
   */
  public boolean dicom() {
    return "DICOM".equals(format);
  }

  /**
   * As pages see it.
   *
   * @return written as JSON
   */
  public Map<String, @Nullable Object> toJson() {
    Map<String, Answer.Json> shown = new LinkedHashMap<>();
    answers.forEach((model, answer) -> shown.put(model, answer.toJson()));
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("name", name);
    json.put("folder", folder);
    json.put("added", added.toString());
    json.put("bytes", bytes);
    json.put("format", format);
    json.put("width", width);
    json.put("height", height);
    json.put("bits", bits);
    json.put("dicom", dicom());
    json.put("answers", shown);
    json.put("mark", mark);
    return json;
  }

  /** Not what could tell who the patient is. */
  @Override
  public String toString() {
    return "Case " + id;
  }
}
