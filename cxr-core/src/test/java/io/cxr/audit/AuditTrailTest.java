package io.cxr.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomPhantom;
import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Trails on a disk: what is in a line, who may write, and what a crash leaves. */
class AuditTrailTest {
  private static final ModelIdentity MODEL = new ModelIdentity("thorax", "3", "ab".repeat(32));
  private static final Instant NOON = Instant.parse("2026-03-04T12:00:05.25Z");
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("new/audit.jsonl");
  }

  private static AuditRecord record(String caller) {
    return new AuditRecord(
        NOON,
        Optional.of("cd".repeat(32)),
        HashedUids.NONE,
        MODEL,
        AuditOutcome.of(
            new Prediction(
                List.of(
                    new LabelProbability("PNEUMONIA", 0.8125),
                    new LabelProbability("NORMAL", 0.1875)),
                MODEL)),
        caller);
  }

  private static List<AuditEntry> read(Path file) throws IOException {
    List<AuditEntry> entries = new ArrayList<>();
    AuditVerification verification = AuditTrail.verify(file, entries::add);
    assertTrue(verification.isIntact(), verification::toString);
    assertEquals(entries.size(), verification.records());
    return entries;
  }

  @Test
  void aLineHasTheFieldsAndTheHashOfTheLineBefore() throws Exception {
    DicomDataSet instance = DicomPhantom.dataSet(12, false, "MONOCHROME2");
    AuditEntry first;
    try (AuditTrail trail = AuditTrail.open(file())) {
      first = trail.append(record("Zoë"));
      trail.append(
          new AuditRecord(
              NOON,
              Optional.empty(),
              trail.hash(instance),
              MODEL,
              AuditOutcome.of(new IOException("Müller.dcm: no such file")),
              "worklist-7"));
    }
    List<String> lines = Files.readAllLines(file(), StandardCharsets.US_ASCII);
    assertEquals(2, lines.size());
    JsonNode one = new JsonMapper().readTree(lines.get(0));
    assertEquals(1, one.get("sequence").asInt());
    assertEquals("2026-03-04T12:00:05.250Z", one.get("time").asString());
    assertEquals("cd".repeat(32), one.get("input").asString());
    assertTrue(one.get("uids").isNull());
    assertEquals("ab".repeat(32), one.get("model").get("sha256").asString());
    assertEquals(0.8125, one.get("probabilities").get("PNEUMONIA").asDouble());
    assertEquals("Zoë", one.get("caller").asString());
    assertEquals("0".repeat(64), one.get("previous").asString());
    JsonNode two = new JsonMapper().readTree(lines.get(1));
    String hash = sha256(lines.get(0));
    assertEquals(hash, two.get("previous").asString());
    assertEquals(hash, first.sha256());
    assertEquals("UNREADABLE", two.get("refusal").asString());
    assertFalse(two.has("probabilities"));
    assertEquals(sha256("2.25.4712"), two.get("uids").get("study").asString());
    assertFalse(lines.get(1).contains("ller.dcm"), "no message, which may name a patient");
    assertFalse(lines.get(1).contains("2.25."), "no UID");
  }

  private static String sha256(String text) throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void aKeyHidesUids() throws Exception {
    DicomDataSet instance = DicomPhantom.dataSet(12, false, "MONOCHROME2");
    byte[] key = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    try (AuditTrail trail = AuditTrail.builder(file()).key(key).open()) {
      HashedUids uids = trail.hash(instance);
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      byte[] expected = mac.doFinal("2.25.4712".getBytes(StandardCharsets.US_ASCII));
      assertEquals(HexFormat.of().formatHex(expected), uids.study().orElseThrow());
      assertTrue(uids.keyed());
      assertEquals(HashedUids.NONE, trail.hash(DicomDataSet.of()));
      trail.append(
          new AuditRecord(NOON, Optional.empty(), uids, MODEL, record("").outcome(), "me"));
      assertEquals(uids, read(file()).get(0).record().uids());
    }
    assertTrue(Files.readString(file()).contains("\"hash\":\"HMAC-SHA-256\""));
    AuditTrail.Builder builder = AuditTrail.builder(file());
    assertThrows(IllegalArgumentException.class, () -> builder.key(new byte[15]));
  }

  @Test
  void reasonsAreCodes() {
    UnsupportedRadiographException refusal =
        new UnsupportedRadiographException(
            UnsupportedRadiographException.Reason.UNSUPPORTED_VIEW, "found a lateral view");
    assertEquals(new AuditOutcome.Refused("UNSUPPORTED_VIEW"), AuditOutcome.of(refusal));
    assertEquals(
        new AuditOutcome.Refused("INFERENCE_FAILED"),
        AuditOutcome.of(new InferenceException("out of memory", new IllegalStateException())));
    assertEquals(
        new AuditOutcome.Refused("FAILED"), AuditOutcome.of(new IllegalStateException("x")));
    IllegalArgumentException sentence =
        assertThrows(
            IllegalArgumentException.class, () -> new AuditOutcome.Refused("Müller is lateral"));
    assertFalse(String.valueOf(sentence.getMessage()).contains("Müller"));
    IllegalArgumentException plainUid =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new HashedUids(
                    false, Optional.of("1.2.840.1"), Optional.empty(), Optional.empty()));
    assertFalse(String.valueOf(plainUid.getMessage()).contains("1.2.840"));
  }

  @Test
  void manyThreadsWriteOneChain() throws Exception {
    int threads = 8;
    int each = 25;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try (AuditTrail trail = AuditTrail.open(file())) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        String caller = "caller " + i;
        running.add(
            executor.submit(
                () -> {
                  for (int n = 0; n < each; n++) {
                    // An interrupt must not end the trail for the other threads.
                    Thread.currentThread().interrupt();
                    trail.append(record(caller + "." + n));
                  }
                  return null;
                }));
      }
      for (Future<?> future : running) {
        future.get(60, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdownNow();
    }
    Set<String> callers = new HashSet<>();
    read(file()).forEach(entry -> callers.add(entry.record().caller()));
    assertEquals(threads * each, callers.size());
  }

  @Test
  void oneTrailIsWrittenOnce() throws Exception {
    AuditTrail trail = AuditTrail.open(file());
    trail.append(record("first"));
    IOException here = assertThrows(IOException.class, () -> AuditTrail.open(file()));
    assertTrue(String.valueOf(here.getMessage()).contains("open in this process"), here::toString);
    // Also after that attempt, and after a look at the file, the lock holds.
    read(file());
    Process other = child("hold", file());
    assertTrue(other.waitFor(60, TimeUnit.SECONDS));
    String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(said.contains("open in another process"), said);
    trail.close();
    assertDoesNotThrow(trail::close);
    assertThrows(IllegalStateException.class, () -> trail.append(record("late")));
    try (AuditTrail again = AuditTrail.open(file())) {
      assertEquals(2, again.append(record("second")).sequence());
      assertEquals(Optional.empty(), again.setAside());
    }
    assertEquals(2, read(file()).size());
  }

  @Test
  void whatAKilledProcessRecordedIsThere() throws Exception {
    Process victim = child("append", file());
    long acknowledged = 0;
    try (var lines = victim.inputReader()) {
      while (acknowledged < 40) {
        acknowledged = Long.parseLong(lines.readLine());
      }
      assertThrows(IOException.class, () -> AuditTrail.open(file()), "the victim has it open");
      ProcessHandle handle = victim.toHandle();
      // Process.destroyForcibly() would close the stream that the last numbers are in.
      assertTrue(handle.destroyForcibly());
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        acknowledged = Long.parseLong(line);
      }
      handle.onExit().get(60, TimeUnit.SECONDS);
    }
    long next;
    try (AuditTrail trail = AuditTrail.open(file())) {
      next = trail.append(record("after")).sequence();
    }
    assertTrue(next > acknowledged, next + " after " + acknowledged);
    List<AuditEntry> entries = read(file());
    assertEquals(next, entries.size());
    assertEquals("after", entries.get(entries.size() - 1).record().caller());
  }

  /** A full disk, in the shape of a limit on the size of files. */
  @Test
  void aRecordThatCannotBeWrittenLeavesTheTrailAsItWas() throws Exception {
    assumeTrue(new File("/bin/bash").canExecute(), "SKIPPED: no /bin/bash to limit files with");
    List<String> limited = new ArrayList<>(List.of("/bin/bash", "-c", "ulimit -f 64; exec \"$@\""));
    limited.add("bash");
    limited.addAll(command("fill", file()));
    limited.add(5, "-XX:-UsePerfData");
    Process victim = new ProcessBuilder(limited).redirectErrorStream(true).start();
    String said = new String(victim.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(victim.waitFor(60, TimeUnit.SECONDS));
    // Every attempt is a new one, and fails for its own reason.
    assertEquals(
        16, said.lines().filter(line -> line.contains("the trail is as it was before")).count());
    long written = said.lines().filter(line -> line.matches("[0-9]+")).count();
    assertTrue(written > 50, said);
    assertEquals(written, read(file()).size(), "nothing torn is left");
    try (AuditTrail trail = AuditTrail.builder(file()).verified().open()) {
      assertEquals(Optional.empty(), trail.setAside());
      assertEquals(written, trail.records());
      assertEquals(written + 1, trail.append(record("after")).sequence());
    }
    assertEquals(written + 1, read(file()).size());
    try (var files = Files.list(file().resolveSibling("."))) {
      assertEquals(
          Set.of("audit.jsonl", "audit.jsonl.lock"),
          files.map(AuditTrailTest::name).collect(Collectors.toSet()));
    }
  }

  @Test
  void aTrailIsVerifiedWhenItIsOpened() throws Exception {
    String first;
    String head;
    try (AuditTrail trail = AuditTrail.builder(file()).verified().open()) {
      assertEquals("0".repeat(64), trail.head());
      assertEquals(0, trail.records());
      first = trail.append(record("first")).sha256();
      trail.append(record("second"));
      head = trail.append(record("third")).sha256();
      assertEquals(head, trail.head());
      assertEquals(3, trail.records());
    }
    byte[] whole = Files.readAllBytes(file());
    try (AuditTrail trail = AuditTrail.builder(file()).containing(first).open()) {
      assertEquals(head, trail.head());
    }
    try (AuditTrail trail = AuditTrail.builder(file()).containing("0".repeat(64)).open()) {
      assertEquals(3, trail.records());
    }
    // Cut behind its second line: whole in itself, but not the trail whose head was kept.
    int second = new String(whole, StandardCharsets.US_ASCII).lastIndexOf("\n{") + 1;
    Files.write(file(), Arrays.copyOf(whole, second));
    IOException cut =
        assertThrows(IOException.class, () -> AuditTrail.builder(file()).containing(head).open());
    assertTrue(String.valueOf(cut.getMessage()).contains("not among its 2"), cut::toString);
    AuditTrail.open(file()).close();
    // Altered in the middle, where opening alone does not look.
    byte[] altered = whole.clone();
    altered[30] ^= 1;
    Files.write(file(), altered);
    IOException bad =
        assertThrows(IOException.class, () -> AuditTrail.builder(file()).verified().open());
    assertTrue(String.valueOf(bad.getMessage()).contains("its line 1 is bad"), bad::toString);
    assertArrayEquals(altered, Files.readAllBytes(file()));
    // Torn by a crash: set aside first, and whole then.
    Files.write(file(), Arrays.copyOf(whole, whole.length - 9));
    try (AuditTrail trail = AuditTrail.builder(file()).verified().open()) {
      assertTrue(trail.setAside().isPresent());
      assertEquals(2, trail.records());
    }
  }

  /** Wherever a crash cuts the line that is being written, the chain goes on and keeps the rest. */
  @Test
  void aTornLineIsSetAside() throws Exception {
    try (AuditTrail trail = AuditTrail.open(file())) {
      trail.append(record("first"));
      trail.append(record("second"));
    }
    byte[] whole = Files.readAllBytes(file());
    int second = new String(whole, StandardCharsets.US_ASCII).indexOf('\n') + 1;
    for (int cut : new int[] {1, 20, 40, second - 1, second + 1, second + 100, whole.length - 1}) {
      Path torn = Files.createDirectory(folder.resolve("cut-" + cut)).resolve("audit.jsonl");
      Files.write(torn, Arrays.copyOf(whole, cut));
      assertFalse(AuditTrail.verify(torn).isIntact());
      int kept = cut < second ? 0 : 1;
      try (AuditTrail trail = AuditTrail.open(torn)) {
        byte[] aside = Files.readAllBytes(trail.setAside().orElseThrow());
        assertArrayEquals(Arrays.copyOfRange(whole, kept * second, cut), aside);
        assertEquals(kept + 1, trail.append(record("third")).sequence());
      }
      assertEquals(kept + 1, read(torn).size());
    }
  }

  @Test
  void aLineWhoseBeginningNeverReachedTheDiskIsSetAside() throws Exception {
    try (AuditTrail trail = AuditTrail.open(file())) {
      trail.append(record("first"));
      trail.append(record("second"));
    }
    byte[] bytes = Files.readAllBytes(file());
    int second = new String(bytes, StandardCharsets.US_ASCII).indexOf('\n') + 1;
    Arrays.fill(bytes, second, second + 50, (byte) 0);
    for (int crash = 1; crash <= 2; crash++) {
      Files.write(file(), bytes);
      try (AuditTrail trail = AuditTrail.open(file())) {
        assertEquals("audit.jsonl.torn-" + crash, name(trail.setAside().orElseThrow()));
        assertEquals(2, trail.append(record("third")).sequence());
      }
    }
    assertEquals(2, read(file()).size());
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  @Test
  void filesThatAreNoTrailAreLeftAlone() throws Exception {
    Files.createDirectories(folder.resolve("new"));
    for (String content :
        List.of("a photograph", "{\"format\":3", "one line\n", "{}\n{\"format\":1", "\n")) {
      Files.writeString(file(), content);
      IOException refusal = assertThrows(IOException.class, () -> AuditTrail.open(file()));
      assertTrue(
          String.valueOf(refusal.getMessage()).contains("expected an audit trail"),
          refusal::toString);
      assertEquals(content, Files.readString(file()));
      assertEquals(1, AuditTrail.verify(file()).fault().orElseThrow().line());
    }
    Files.write(file(), new byte[5 << 20]);
    assertThrows(IOException.class, () -> AuditTrail.open(file()));
    assertEquals(5 << 20, Files.size(file()));
    assertFalse(AuditTrail.verify(file()).isIntact());
  }

  @Test
  void aReplacedLineShowsAtTheNextAndALostEndByAKeptHash() throws Exception {
    AuditEntry second;
    try (AuditTrail trail = AuditTrail.open(file())) {
      trail.append(record("first"));
      second = trail.append(record("second"));
      trail.append(record("third"));
    }
    List<String> lines = Files.readAllLines(file());
    AuditLine forged = new AuditLine(2, record("somebody else"), sha256(lines.get(0)));
    String forgedLine = new String(forged.encode(), StandardCharsets.US_ASCII);
    Files.writeString(file(), lines.get(0) + "\n" + forgedLine + "\n" + lines.get(2) + "\n");
    AuditVerification verification = AuditTrail.verify(file());
    assertEquals(3, verification.fault().orElseThrow().line());
    assertEquals(2, verification.records());
    Files.writeString(file(), lines.get(0) + "\n");
    assertTrue(AuditTrail.verify(file()).isIntact());
    assertNotEquals(second.sha256(), AuditTrail.verify(file()).head());
  }

  private static List<String> command(String what, Path file) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        Child.class.getName(),
        what,
        file.toString());
  }

  private static Process child(String what, Path file) throws IOException {
    return new ProcessBuilder(command(what, file)).redirectErrorStream(true).start();
  }

  /** Another process that writes a trail, until it is killed. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws IOException {
      try (AuditTrail trail = AuditTrail.open(Path.of(arguments[1]))) {
        int failures = 0;
        while (!arguments[0].equals("hold") && failures < 16) {
          try {
            System.out.println(trail.append(record("child")).sequence());
          } catch (IOException e) {
            failures++;
            System.out.println("refused: " + e.getMessage());
          }
        }
      }
    }
  }
}
