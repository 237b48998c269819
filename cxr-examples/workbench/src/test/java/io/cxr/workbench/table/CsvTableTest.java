package io.cxr.workbench.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTableTest {

  @Test
  void cellsAreQuotedAndNumbersAreNumbers() {
    CsvTable table = new CsvTable(List.of("a", "b", "c"));
    table.row(Arrays.asList("plain", -0.5, null)).row(List.of("a,\"b\"", " c ", "d\r\ne"));
    assertEquals("a,b,c\r\nplain,-0.5,\r\n\"a,\"\"b\"\"\",\" c \",d e\r\n", table.toString());
    assertThrows(IllegalArgumentException.class, () -> table.row(List.of("one")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", "|x", "%0A=1"})
  void aFormulaIsNone(String text) {
    String row = new CsvTable(List.of("a")).row(List.of(text)).toString();
    String cell = row.substring("a\r\n".length()).replace("\"", "");
    assertEquals('\'', cell.charAt(0), row);
  }
}
