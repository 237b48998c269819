package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.file.Sha256;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.pacs.FaultyArchive.Fault;
import io.cxr.pacs.FaultyArchive.Service;
import io.cxr.radiograph.DecodeLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An archive that fails in every way loses no film and gets no result twice. */
class GatewayFaultsTest extends GatewayScenario {
  private static final String COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34";

  @Override
  DicomWebClient client() {
    return DicomWebClient.builder(archive.root()).timeout(Duration.ofSeconds(20)).build();
  }

  private void assertStoredOnce(int number) {
    assertEquals(2, archive.stored().size(), "a capture and a report");
    assertEquals(2, new HashSet<>(archive.stored()).size());
    assertEquals(
        List.of(number % 2 == 0 ? "DX" : "CR", "OT", "SR"),
        archive.modalitiesOf(ChestInstances.study(number)));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"UNAVAILABLE", "UNAUTHORIZED", "BREAKS_OFF"})
  void temporaryFailuresAreTriedAgain(Fault fault) throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    if (fault != Fault.BREAKS_OFF) {
      archive.fail(Service.SEARCH, fault, fault, fault);
    }
    // More often than faults of an item's own are forgiven.
    archive.fail(Service.RETRIEVE, fault, fault, fault, fault, fault, fault, fault, fault, fault);
    if (fault != Fault.BREAKS_OFF) {
      archive.fail(Service.STORE, fault, fault, fault);
    }
    try (Gateway gateway = builder().start(model())) {
      notify(gateway, 2);
      awaitInstance(gateway, 2, WorkItem.Status.DONE);
      assertEquals(Map.of("DONE", 1), gateway.overview().instances());
    }
    assertStoredOnce(2);
    assertEquals(10, archive.requests(Service.RETRIEVE));
    assertEquals(1, records(), "classified once");
  }

  @Test
  void anAnswerThatNeverComesEndsWithTheDeadline() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    archive.fail(Service.RETRIEVE, Fault.HANGS);
    archive.fail(Service.STORE, Fault.HANGS);
    try (Gateway gateway = builder().deadline(Duration.ofSeconds(2)).start(model())) {
      notify(gateway, 2);
      awaitInstance(gateway, 2, WorkItem.Status.DONE);
    }
    assertStoredOnce(2);
    assertEquals(1, records(), "classified once");
  }

  @Test
  void whatWasStoredBeforeTheAnswerWasLostIsNotStoredAgain() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    archive.fail(Service.STORE, Fault.STORES_SILENTLY);
    try (Gateway gateway = builder().start(model())) {
      notify(gateway, 2);
      awaitInstance(gateway, 2, WorkItem.Status.DONE);
    }
    assertStoredOnce(2);
    assertEquals(1, archive.requests(Service.STORE));
  }

  @Test
  void ofResultsOfWhichOneWasStoredTheOtherFollows() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    archive.fail(Service.STORE, Fault.STORES_ONE);
    try (Gateway gateway = builder().start(model())) {
      notify(gateway, 2);
      awaitInstance(gateway, 2, WorkItem.Status.DONE);
    }
    assertStoredOnce(2);
    assertEquals(1, archive.requests(Service.RETRIEVE));
  }

  @Test
  void resultsSurviveTheProcessAndAreStoredWithoutClassifyingAgain() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    archive.shutDown(Service.STORE);
    try (Gateway gateway = builder().start(model())) {
      notify(gateway, 2);
      awaitInstance(gateway, 2, WorkItem.Status.PREPARED);
    }
    try (FaultyArchive next = new FaultyArchive()) {
      next.add(ChestInstances.file(2, "PA"));
      DicomWebClient client = DicomWebClient.builder(next.root()).build();
      try (Gateway gateway =
          Gateway.builder(client, folder.resolve("state")).poll(Duration.ZERO, 0).start(model())) {
        awaitInstance(gateway, 2, WorkItem.Status.DONE);
      }
      assertEquals(0, next.requests(Service.RETRIEVE));
      assertEquals(2, next.stored().size());
    }
    assertEquals(1, records(), "classified once");
  }

  @Test
  void afterAFaultOfItsOwnAnItemIsGivenUpAndCanBeTakenUpAgain() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    archive.fail(
        Service.RETRIEVE,
        Fault.ANOTHER_INSTANCE,
        Fault.BAD_REQUEST,
        Fault.ANOTHER_INSTANCE,
        Fault.BAD_REQUEST,
        Fault.ANOTHER_INSTANCE);
    try (Gateway gateway = builder().start(model())) {
      notify(gateway, 2);
      awaitInstance(gateway, 2, WorkItem.Status.FAILED);
      assertEquals(List.of(), archive.stored(), "nothing for another's study");
      assertEquals(1, gateway.retryFailed());
      awaitInstance(gateway, 2, WorkItem.Status.DONE);
    }
    assertStoredOnce(2);
  }

  /** An instance on which the whole process dies must not kill every process that follows. */
  @Test
  void anItemThatProcessesDiedOfIsGivenUp() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    try (GatewayState state = GatewayState.open(folder.resolve("state"))) {
      Instant now = Instant.now();
      state.queue().notified(ChestInstances.study(2), ChestInstances.series(2), now);
      WorkItem series = state.queue().begin(Set.of(), false, now).orElseThrow();
      state
          .queue()
          .expand(
              series,
              List.of(
                  new DicomWebClient.Instance(
                      ChestInstances.study(2),
                      ChestInstances.series(2),
                      ChestInstances.instance(2))),
              now);
      for (int i = 0; i < 5; i++) {
        // Begun, and never heard of again.
        assertTrue(state.queue().begin(Set.of(), false, now).isPresent());
      }
    }
    try (Gateway gateway = builder().start(model())) {
      awaitInstance(gateway, 2, WorkItem.Status.FAILED);
      assertEquals("DIED", gateway.progress(ChestInstances.instance(2)).orElseThrow().detail());
      assertEquals(0, archive.requests(Service.RETRIEVE));
    }
  }

  @Test
  void searchesAnsweredWithOtherThanJsonAreGivenUpWithoutQuotingThem() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    archive.fail(Service.SEARCH, Fault.GARBAGE);
    DicomWebClient client = DicomWebClient.builder(archive.root()).build();
    ArchiveException e =
        assertThrows(
            ArchiveException.class,
            () -> client.series(ChestInstances.study(2), ChestInstances.series(2)));
    assertEquals(ArchiveException.Kind.REFUSED, e.kind());
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      assertFalse(cause.toString().contains("ller"), cause.toString());
    }
  }

  @Test
  void allKindsOfResultsAreStoredInTheStudy() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    try (Gateway gateway = builder().results(EnumSet.allOf(ResultKind.class)).start(model())) {
      notify(gateway, 2);
      awaitInstance(gateway, 2, WorkItem.Status.DONE);
    }
    assertEquals(
        List.of("DOC", "DX", "OT", "PR", "SR"), archive.modalitiesOf(ChestInstances.study(2)));
  }

  @Test
  void withAKeyTheAuditTrailTellsNoKnownUid() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    String plain = Sha256.hex(ChestInstances.instance(2).getBytes(StandardCharsets.US_ASCII));
    for (boolean keyed : new boolean[] {false, true}) {
      GatewayBuilder settings = builder(folder.resolve("keyed " + keyed));
      try (Gateway gateway = (keyed ? settings.auditKey(new byte[32]) : settings).start(model())) {
        notify(gateway, 2);
        awaitInstance(gateway, 2, WorkItem.Status.DONE);
      }
      String trail = Files.readString(folder.resolve("keyed " + keyed + "/audit.jsonl"));
      assertEquals(!keyed, trail.contains(plain), trail);
    }
  }

  @Test
  void refusedAndVanishedFilmsEndWithoutResults() throws Exception {
    archive.add(ChestInstances.file(2, "LL"));
    archive.add(ChestInstances.film(4, "PA"), new byte[] {1, 2, 3});
    DicomDataSet raw =
        ChestInstances.film(6, "PA")
            .with(
                ChestInstances.text(
                    DicomTag.PRESENTATION_INTENT_TYPE, ValueRepresentation.CS, "FOR PROCESSING"));
    archive.add(ChestInstances.file(raw));
    archive.add(ChestInstances.file(8, "PA"));
    try (Gateway gateway = builder().workers(1).start(model())) {
      for (int number : new int[] {2, 4, 6}) {
        notify(gateway, number);
        awaitInstance(gateway, number, WorkItem.Status.REFUSED);
      }
      archive.fail(Service.RETRIEVE, Fault.NOT_FOUND);
      notify(gateway, 8);
      awaitInstance(gateway, 8, WorkItem.Status.GONE);
      assertEquals(
          Map.of("UNSUPPORTED_VIEW", 1, "NOT_AN_IMAGE", 1, "NOT_FOR_PRESENTATION", 1),
          gateway.overview().refusals());
    }
    assertEquals(List.of(), archive.stored());
    assertEquals(3, records(), "refusals are recorded");
  }

  @Test
  void byChoiceRefusedFilmsGetAReportInTheirStudy() throws Exception {
    archive.add(ChestInstances.file(2, "LL"));
    // Not legible: what the archive says of it has to do.
    archive.add(ChestInstances.film(4, "PA"), new byte[] {1, 2, 3});
    try (Gateway gateway = builder().reportRefusals(true).start(model())) {
      for (int number : new int[] {2, 4}) {
        notify(gateway, number);
        awaitInstance(gateway, number, WorkItem.Status.REFUSED);
        assertEquals(
            List.of("DX", "SR"), archive.modalitiesOf(ChestInstances.study(number)), "one report");
      }
      assertEquals(Map.of("UNSUPPORTED_VIEW", 1, "NOT_AN_IMAGE", 1), gateway.overview().refusals());
    }
    assertEquals(2, archive.stored().size());
  }

  private OnnxClassifier otherModel() throws IOException {
    Path file = LibraryModel.describedAnew(folder.resolve("other.onnx"));
    return OnnxClassifier.builder(file).noveltyGate(false).open();
  }

  private List<String> storedOfClass(String sopClass) {
    return archive.stored().stream()
        .filter(archive::holds)
        .filter(
            uid -> dataSet(uid).string(DicomTag.SOP_CLASS_UID).filter(sopClass::equals).isPresent())
        .toList();
  }

  private DicomDataSet dataSet(String uid) {
    return DicomFile.read(archive.file(uid), DecodeLimits.DEFAULT).dataSet();
  }

  /** The SOP Instance UIDs in Predecessor Documents Sequence. */
  private List<String> predecessors(String uid) {
    return dataSet(uid).items(DicomTag.of(0x0040a360)).stream()
        .flatMap(study -> study.items(DicomTag.of(0x00081115)).stream())
        .flatMap(series -> series.items(DicomTag.of(0x00081199)).stream())
        .map(item -> item.string(DicomTag.of(0x00081155)).orElseThrow())
        .toList();
  }

  @Test
  void resultsOfAnotherModelSayWhichTheySupersede() throws Exception {
    for (int number : new int[] {2, 4}) {
      archive.add(ChestInstances.file(number, "PA"));
    }
    try (Gateway gateway = builder().reclassify(true).start(model())) {
      for (int number : new int[] {2, 4}) {
        notify(gateway, number);
        awaitInstance(gateway, number, WorkItem.Status.DONE);
      }
      // Of each: the series, its instances, and that there are no more.
      assertEquals(6, archive.requests(Service.SEARCH), "no search for results that never were");
    }
    List<String> first = storedOfClass(COMPREHENSIVE_3D_SR);
    assertEquals(2, first.size());
    Map<String, byte[]> before = new HashMap<>();
    archive.stored().forEach(uid -> before.put(uid, archive.file(uid)));
    // Somebody deleted the other film's report.
    archive.delete(first.get(1));
    before.remove(first.get(1));
    for (boolean again : new boolean[] {false, true}) {
      // The second time, all have results of this model.
      try (Gateway gateway = builder().reclassify(true).start(otherModel())) {
        for (int number : new int[] {2, 4}) {
          int searches = archive.requests(Service.SEARCH);
          notify(gateway, number);
          await(() -> archive.requests(Service.SEARCH) >= searches + 3);
          await(() -> gateway.overview().series().equals(Map.of("DONE", 2)));
          awaitInstance(gateway, number, WorkItem.Status.DONE);
        }
      }
      assertEquals(8, archive.stored().size(), "again: " + again);
    }
    List<String> all = storedOfClass(COMPREHENSIVE_3D_SR).subList(1, 3);
    assertEquals(List.of(first.get(0)), predecessors(all.get(0)));
    assertEquals(List.of(), predecessors(all.get(1)), "the archive has it no more");
    assertEquals(List.of(), predecessors(first.get(0)), "nothing was before the first");
    before.forEach((uid, file) -> assertArrayEquals(file, archive.file(uid), "unchanged"));
  }

  @Test
  void aModelThatRefusedAFilmIsNotAskedAboutItAgain() throws Exception {
    archive.add(ChestInstances.file(2, "LL"));
    int asked = 0;
    for (boolean other : new boolean[] {false, true, true, false}) {
      try (Gateway gateway = builder().reclassify(true).start(other ? otherModel() : model())) {
        int searches = archive.requests(Service.SEARCH);
        notify(gateway, 2);
        await(() -> archive.requests(Service.SEARCH) >= searches + 3);
        await(() -> gateway.overview().series().equals(Map.of("DONE", 1)));
        awaitInstance(gateway, 2, WorkItem.Status.REFUSED);
      }
      asked = Math.min(2, asked + 1);
      assertEquals(asked, archive.requests(Service.RETRIEVE));
    }
  }

  @Test
  void withoutTheChoiceFilmsKeepTheResultsOfAnotherModel() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    for (OnnxClassifier model : List.of(model(), otherModel())) {
      try (Gateway gateway = builder().start(model)) {
        int searches = archive.requests(Service.SEARCH);
        notify(gateway, 2);
        await(() -> archive.requests(Service.SEARCH) >= searches + 3);
        await(() -> gateway.overview().series().equals(Map.of("DONE", 1)));
        awaitInstance(gateway, 2, WorkItem.Status.DONE);
      }
    }
    assertStoredOnce(2);
  }

  @Test
  void byChoiceFilmsThatAreGivenUpGetAReportWhichResultsSupersede() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    for (int i = 0; i < 10; i++) {
      archive.fail(Service.RETRIEVE, Fault.ANOTHER_INSTANCE);
    }
    try (Gateway gateway = builder().reportRefusals(true).start(model())) {
      notify(gateway, 2);
      for (int i = 1; i <= 2; i++) {
        int attempts = 5 * i;
        await(() -> archive.requests(Service.RETRIEVE) == attempts);
        awaitInstance(gateway, 2, WorkItem.Status.FAILED);
        assertEquals(1, archive.stored().size(), "one report, however often");
        assertEquals(1, gateway.retryFailed());
      }
      awaitInstance(gateway, 2, WorkItem.Status.DONE);
    }
    List<String> reports = storedOfClass(COMPREHENSIVE_3D_SR);
    assertEquals(2, reports.size());
    String content = new String(archive.file(reports.get(0)), StandardCharsets.UTF_8);
    assertTrue(content.contains("given up after 5 attempts: ArchiveException"), content);
    assertEquals(List.of(reports.get(0)), predecessors(reports.get(1)));
  }

  @Test
  void anAuditTrailWhoseEndIsCutKeepsTheGatewayFromStarting() throws Exception {
    archive.add(ChestInstances.file(2, "LL"));
    archive.add(ChestInstances.file(4, "LL"));
    try (Gateway gateway = builder().start(model())) {
      for (int number : new int[] {2, 4}) {
        notify(gateway, number);
        awaitInstance(gateway, number, WorkItem.Status.REFUSED);
      }
    }
    Path trail = folder.resolve("state/audit.jsonl");
    String whole = Files.readString(trail);
    assertEquals(2, whole.lines().count());
    Files.writeString(trail, whole.substring(0, whole.indexOf('\n') + 1));
    IOException cut = assertThrows(IOException.class, () -> builder().start(model()));
    assertTrue(cut.getMessage().contains("cut off"), cut.getMessage());
    Files.writeString(trail, whole.replaceFirst("UNSUPPORTED_VIEW", "NOT_AN_IMAGE"));
    IOException changed = assertThrows(IOException.class, () -> builder().start(model()));
    assertTrue(changed.getMessage().contains("line 1"), changed.getMessage());
    Files.writeString(trail, whole);
    builder().start(model()).close();
    // Kept elsewhere by whoever found out.
    Files.delete(trail);
    try (Gateway gateway = builder().start(model())) {
      assertEquals(0, gateway.auditHead().records());
    }
  }

  @Test
  void whatRunsOutOfMemoryIsToldAndShowsInHealth() throws Exception {
    AtomicReference<Throwable> told = new AtomicReference<>();
    Health health = new Health(told::set);
    health.noteFatal(new StackOverflowError());
    assertTrue(health.isGood());
    health.noteFatal(new IllegalStateException(new OutOfMemoryError("test")));
    assertTrue(told.get() instanceof OutOfMemoryError);
    assertFalse(health.isGood());
  }

  @Test
  void whatThisReaderCannotDecodeIsAskedForDecoded() throws Exception {
    for (int number : new int[] {2, 4}) {
      archive.add(ChestInstances.film(number, "PA"), inUnknownSyntax(number));
    }
    archive.addDecoded(ChestInstances.instance(4), ChestInstances.file(4, "PA"));
    try (Gateway gateway = builder().start(model())) {
      notify(gateway, 2);
      awaitInstance(gateway, 2, WorkItem.Status.REFUSED);
      assertEquals(Map.of("UNSUPPORTED_ENCODING", 1), gateway.overview().refusals());
      notify(gateway, 4);
      awaitInstance(gateway, 4, WorkItem.Status.DONE);
    }
    assertEquals(
        List.of(
            DicomWebClient.AS_STORED,
            DicomWebClient.EXPLICIT_VR_LITTLE_ENDIAN,
            DicomWebClient.AS_STORED,
            DicomWebClient.EXPLICIT_VR_LITTLE_ENDIAN),
        archive.transferSyntaxes());
  }

  /** A film whose file meta information names a transfer syntax that nobody knows. */
  private static byte[] inUnknownSyntax(int number) {
    byte[] file = ChestInstances.file(number, "PA");
    byte[] known = "1.2.840.10008.1.2.1\0".getBytes(StandardCharsets.US_ASCII);
    byte[] other = "1.2.840.10008.1.2.9\0".getBytes(StandardCharsets.US_ASCII);
    int at = 0;
    while (!Arrays.equals(file, at, at + known.length, known, 0, known.length)) {
      at++;
    }
    System.arraycopy(other, 0, file, at, other.length);
    return file;
  }

  @Test
  void resultsAndOtherModalitiesAreNoFilms() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    try (Gateway gateway = builder().start(model())) {
      notify(gateway, 2);
      awaitInstance(gateway, 2, WorkItem.Status.DONE);
    }
    List<String> results = archive.stored();
    // A gateway that looks into captures, too, must not explain its own explanations.
    try (Gateway gateway =
        builder()
            .modalities(Set.of("CR", "DX", "OT"))
            .poll(Duration.ofMillis(50), 0)
            .start(model())) {
      await(() -> gateway.overview().instances().getOrDefault("SKIPPED", 0) == 1);
      assertEquals(Map.of("DONE", 1, "SKIPPED", 1), gateway.overview().instances());
    }
    assertEquals(results, archive.stored());
  }

  @Test
  void pollingFindsWhatNobodyNotified() throws Exception {
    for (int number = 1; number <= 5; number++) {
      archive.add(ChestInstances.file(number, "PA"));
    }
    archive.fail(Service.SEARCH, Fault.UNAVAILABLE, Fault.GARBAGE);
    try (Gateway gateway = builder().poll(Duration.ofMillis(50), 0).start(model())) {
      for (int number = 1; number <= 5; number++) {
        awaitInstance(gateway, number, WorkItem.Status.DONE);
      }
      // A series that grows is looked into again.
      archive.add(
          ChestInstances.file(
              ChestInstances.film(2, "PA")
                  .with(
                      DicomElement.ofText(
                          DicomTag.SOP_INSTANCE_UID,
                          ValueRepresentation.UI,
                          ChestInstances.instance(99)))));
      awaitInstance(gateway, 99, WorkItem.Status.DONE);
      assertEquals(Map.of("DONE", 6), gateway.overview().instances());
    }
    assertEquals(12, new HashSet<>(archive.stored()).size());
    assertEquals(12, archive.stored().size());
  }

  @Test
  void notificationsBeyondTheCapacityAreRefused() throws Exception {
    archive.shutDown(Service.SEARCH);
    try (Gateway gateway =
        builder()
            .capacity(3)
            .backOff(Duration.ofSeconds(5), Duration.ofSeconds(5))
            .start(model())) {
      for (int number = 1; number <= 3; number++) {
        notify(gateway, number);
      }
      assertFalse(gateway.notifySeries(ChestInstances.study(4), ChestInstances.series(4)));
      assertTrue(gateway.isWorking(), "an archive that is down is no fault of the gateway");
    }
  }

  @Test
  void aSecondGatewayCannotUseTheSameState() throws Exception {
    try (Gateway gateway = builder().start(model())) {
      IOException e = assertThrows(IOException.class, () -> builder().start(model()));
      assertTrue(e.getMessage().contains("another folder"), e.getMessage());
      assertTrue(gateway.isWorking());
    }
    builder().start(model()).close();
  }

  @Test
  void wrongSettingsAreNamedAllAtOnce() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> builder().workers(0).capacity(0).modalities(Set.of("dx;")).start(model()));
    for (String name : List.of("workers", "capacity", "modalities")) {
      assertTrue(e.getMessage().contains(name), e.getMessage());
    }
    assertFalse(Files.exists(folder.resolve("state")));
  }

  @Test
  void closingEndsAttemptsThatHang() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    archive.fail(Service.RETRIEVE, Fault.HANGS);
    Gateway gateway = builder().grace(Duration.ofMillis(200)).start(model());
    notify(gateway, 2);
    await(() -> archive.requests(Service.RETRIEVE) == 1);
    long start = System.nanoTime();
    gateway.close();
    gateway.close();
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos(), "closes in time");
    try (Gateway next = builder().start(model())) {
      awaitInstance(next, 2, WorkItem.Status.DONE);
    }
    assertStoredOnce(2);
  }

  @Test
  void anAttemptThatNeverEndsShowsInHealthAndDoesNotHoldUpClosing() throws Exception {
    DicomDataSet film = ChestInstances.film(2, "PA");
    byte[] endless =
        new DicomFile(
                DicomDataSet.of(
                    DicomElement.ofText(
                        DicomTag.TRANSFER_SYNTAX_UID,
                        ValueRepresentation.UI,
                        EndlessDecoder.TRANSFER_SYNTAX)),
                TransferSyntax.OTHER_ENCAPSULATED,
                film.with(
                    DicomElement.ofFragments(
                        DicomTag.PIXEL_DATA,
                        List.of(ByteBuffer.allocate(0), ByteBuffer.allocate(16)))))
            .toBytes();
    archive.add(film, endless);
    archive.add(ChestInstances.file(4, "PA"));
    EndlessDecoder.released = false;
    try {
      Gateway gateway =
          builder()
              .workers(2)
              // Room for the other film on a slow machine, a processor of which the first keeps.
              .deadline(Duration.ofSeconds(3))
              .grace(Duration.ofMillis(100))
              .start(model());
      notify(gateway, 2);
      await(() -> archive.requests(Service.RETRIEVE) == 1);
      notify(gateway, 4);
      awaitInstance(gateway, 4, WorkItem.Status.DONE);
      await(() -> !gateway.isWorking());
      long start = System.nanoTime();
      gateway.close();
      assertTrue(System.nanoTime() - start < Duration.ofSeconds(30).toNanos(), "closes in time");
    } finally {
      EndlessDecoder.released = true;
    }
    try (GatewayState state = GatewayState.open(folder.resolve("state"))) {
      WorkItem left = state.queue().begin(Set.of(), false, Instant.now()).orElseThrow();
      assertEquals(ChestInstances.instance(2), left.uid());
      assertEquals(2, left.faults(), "counts as one that the process died on");
    }
  }
}
