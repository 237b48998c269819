package io.cxr.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The published JSON Schemas, asked whether a text fits. */
public final class JsonSchemas {
  private final Schema schema;

  private JsonSchemas(Schema schema) {
    this.schema = schema;
  }

  /** The schema in a file of {@code docs/schema}. */
  public static JsonSchemas of(String file) {
    try {
      // Surefire starts tests in the module's folder.
      String text = Files.readString(Path.of("..", "docs", "schema", file));
      return new JsonSchemas(
          SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void assertFits(String json) {
    assertEquals(List.of(), schema.validate(json, InputFormat.JSON), json);
  }

  public void assertDoesNotFit(String json) {
    assertFalse(schema.validate(json, InputFormat.JSON).isEmpty(), json);
  }
}
