package io.cxr.webpage;

import io.cxr.webpage.WebPage.Written;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code cxr web-page}: writes the page and says what it weighs. */
@Command(
    name = "web-page",
    description = {
      "Writes a page of static files that classifies radiographs in the browser, also offline.",
      "The films stay on the device that shows the page."
    },
    mixinStandardHelpOptions = true)
public final class WebPageCommand implements Callable<Integer> {
  private static final double MEGABYTE = 1e6;

  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The folder to write; files of the page that are there are replaced.")
  private Path folder;

  @Option(
      names = "--model",
      paramLabel = "FILE.onnx",
      description = {
        "A self-contained model file (cxr export --self-contained).",
        "Default: the model that ships"
      })
  private @Nullable Path model;

  @Option(
      names = "--runtime",
      paramLabel = "DIR|TGZ",
      description = {
        "onnxruntime-web " + OnnxRuntimeWeb.VERSION + ", unpacked or as 'npm pack' makes it.",
        "Default: npm is asked to fetch it"
      })
  private @Nullable Path runtime;

  /** For picocli. */
  public WebPageCommand() {}

  @Override
  public Integer call() throws IOException {
    PageModel shown = model == null ? PageModel.shipped() : PageModel.of(model);
    WebPage page =
        new WebPage(
            shown, runtime == null ? OnnxRuntimeWeb.fetchedByNpm() : OnnxRuntimeWeb.of(runtime));
    print(page.write(folder));
    return 0;
  }

  private void print(Written written) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%-28s %10s %10s%n", "file", "bytes", "gzip");
    written
        .files()
        .forEach(
            file ->
                out.printf(
                    Locale.ROOT, "%-28s %,10d %,10d%n", file.name(), file.bytes(), file.gzip()));
    out.printf(
        Locale.ROOT,
        "%d files, %.1f MB; over the wire %.1f MB (gzip), of at most %.0f MB.%n",
        written.files().size(),
        written.bytes() / MEGABYTE,
        written.gzip() / MEGABYTE,
        WebPage.MOST_TRANSFERRED / MEGABYTE);
    OptionalLong brotli = written.brotli();
    out.println(
        brotli.isPresent()
            ? String.format(
                Locale.ROOT,
                "From a host that compresses with brotli: %.1f MB.",
                brotli.getAsLong() / MEGABYTE)
            : "Not measured with brotli: no program of that name here.");
    out.printf(
        "Serve %s by HTTPS, or on this machine: python3 -m http.server --directory %s 8000%n",
        folder, folder);
    out.flush();
  }
}
