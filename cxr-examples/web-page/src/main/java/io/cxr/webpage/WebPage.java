package io.cxr.webpage;

import io.cxr.file.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * A page of static files that reads and classifies radiographs in the browser: any web server will
 * do, and after the first visit none is needed. Immutable and thread-safe.
 *
 * <p>Every file that is worth it lies beside itself as {@code .gz}, which the page fetches and
 * unpacks itself, so that it is as quick from servers that compress nothing. The service worker
 * holds the SHA-256 of every file: its cache has what was written here or nothing.
 */
public final class WebPage {
  /** The most bytes that a first visit may transfer. */
  public static final long MOST_TRANSFERRED = 14_000_000;

  private static final String SITE = "site/";

  /** Written by hand. */
  static final List<String> SOURCES =
      List.of(
          "index.html",
          "style.css",
          "main.js",
          "films.js",
          "viewer.js",
          "answer.js",
          "engine.js",
          "worker.js",
          "decoding.js",
          "gray.js",
          "heatmap.js",
          "kept.js",
          "readers.js",
          "icon.svg",
          "manifest.webmanifest",
          "licences.txt");

  /** Compiled from Java with the page. */
  private static final List<String> READERS = List.of("readers.wasm", "readers-script.js");

  static final String SERVICE_WORKER = "sw.js";

  /** Where the service worker's source has the files. */
  private static final String FILES_PLACE = "/* files */ {}";

  /** A file must shrink by this many bytes, or it goes as it is. */
  private static final int LEAST_SAVING = 512;

  private final PageModel model;
  private final OnnxRuntimeWeb runtime;

  /**
   * The page of a model.
   *
   * @param model the model
   * @param runtime what runs it
   */
  public WebPage(PageModel model, OnnxRuntimeWeb runtime) {
    this.model = Objects.requireNonNull(model, "model");
    this.runtime = Objects.requireNonNull(runtime, "runtime");
  }

  /**
   * One file of the page.
   *
   * @param name its name in the folder
   * @param bytes its length
   * @param gzip what is transferred of it: its length in gzip's form, or its own if that is not
   *     shorter
   */
  public record PageFile(String name, long bytes, long gzip) {}

  /**
   * What was written.
   *
   * @param files the files, but for their {@code .gz} forms
   * @param brotli what a host that compresses with brotli transfers; empty where no program of that
   *     name measures it
   */
  public record Written(List<PageFile> files, OptionalLong brotli) {
    /** Copies the list. */
    public Written {
      files = List.copyOf(files);
    }

    /**
     * All files.
     *
     * @return their length
     */
    public long bytes() {
      return files.stream().mapToLong(PageFile::bytes).sum();
    }

    /**
     * What a first visit transfers.
     *
     * @return its length, without HTTP's headers
     */
    public long gzip() {
      return files.stream().mapToLong(PageFile::gzip).sum();
    }
  }

  /**
   * Writes the page. Files of the same names are replaced, each as a whole; the service worker
   * comes last, so that nobody sees it before what it lists.
   *
   * @param folder the folder; made if it is missing
   * @return what was written
   * @throws IOException if a file cannot be written
   * @throws IllegalStateException if the page would be heavier than {@link #MOST_TRANSFERRED}
   */
  public Written write(Path folder) throws IOException {
    Map<String, byte[]> contents = contents();
    Map<String, byte[]> packed = new TreeMap<>();
    contents.forEach(
        (name, content) -> {
          byte[] gzip = gzip(content);
          if (gzip.length + LEAST_SAVING < content.length) {
            packed.put(name, gzip);
          }
        });
    String list = PageSettings.files(contents, packed);
    byte[] worker =
        new String(resource(SERVICE_WORKER), StandardCharsets.UTF_8)
            .replace(FILES_PLACE, list)
            .getBytes(StandardCharsets.UTF_8);
    List<PageFile> files = new ArrayList<>();
    contents.forEach(
        (name, content) ->
            files.add(
                new PageFile(name, content.length, packed.getOrDefault(name, content).length)));
    files.add(new PageFile(SERVICE_WORKER, worker.length, worker.length));
    Written written = new Written(files, Brotli.length(contents.values()));
    if (written.gzip() > MOST_TRANSFERRED) {
      throw new IllegalStateException(
          "Page: expected at most "
              + MOST_TRANSFERRED
              + " bytes over the wire, found "
              + written.gzip()
              + "; take a smaller model (cxr export --precision fp16 or int8)");
    }
    for (Map.Entry<String, byte[]> file : contents.entrySet()) {
      AtomicFile.write(folder.resolve(file.getKey()), ByteBuffer.wrap(file.getValue()));
      Path gzip = folder.resolve(file.getKey() + ".gz");
      byte[] small = packed.get(file.getKey());
      if (small == null) {
        Files.deleteIfExists(gzip);
      } else {
        AtomicFile.write(gzip, ByteBuffer.wrap(small));
      }
    }
    AtomicFile.write(folder.resolve(SERVICE_WORKER), ByteBuffer.wrap(worker));
    return written;
  }

  /** Every file but the service worker, by name. */
  private Map<String, byte[]> contents() throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    for (String name : SOURCES) {
      contents.put(name, resource(name));
    }
    for (String name : READERS) {
      contents.put(name, resource(name));
    }
    contents.putAll(runtime.files());
    contents.put("model.onnx", OptimizedGraph.of(model.file()));
    contents.put("settings.json", PageSettings.json(model).getBytes(StandardCharsets.UTF_8));
    contents.putAll(PageIcon.files());
    return contents;
  }

  private static byte[] resource(String name) {
    try (InputStream stream = WebPage.class.getResourceAsStream(SITE + name)) {
      if (stream == null) {
        throw new IllegalStateException(
            "Page: expected io/cxr/webpage/site/"
                + name
                + " in cxr-web-page, found nothing; build it with Maven, which compiles the"
                + " readers for browsers");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] gzip(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip =
        new GZIPOutputStream(bytes) {
          {
            def.setLevel(Deflater.BEST_COMPRESSION);
          }
        }) {
      gzip.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
