package io.cxr.commandline;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the command line answered. */
record Output(int exitCode, String out, String err) {
  private static final JsonMapper JSON = new JsonMapper();

  /** Runs the command line in this process. */
  static Output run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Cxr.run(
            new PrintWriter(out),
            new PrintWriter(err),
            Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    return new Output(exitCode, out.toString(), err.toString());
  }

  List<String> lines() {
    return out.lines().toList();
  }

  List<JsonNode> json() {
    return out.lines().map(JSON::readTree).toList();
  }
}
