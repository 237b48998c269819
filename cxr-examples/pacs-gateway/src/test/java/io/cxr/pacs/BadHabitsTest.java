package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.pacs.FaultyArchive.Fault;
import io.cxr.pacs.FaultyArchive.Service;
import io.cxr.pacs.WorkItem.Status;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Archives that answer, but not as PS3.18 says, and clocks that jump. */
class BadHabitsTest extends GatewayScenario {
  @Override
  DicomWebClient client() {
    return DicomWebClient.builder(archive.root()).exchangeDeadline(Duration.ofSeconds(2)).build();
  }

  private static void awaitDone(Gateway gateway, int count) throws Exception {
    await(() -> gateway.overview().instances().getOrDefault("DONE", 0) >= count);
  }

  private void assertEachStoredOnce(int films) {
    assertEquals(2 * films, archive.stored().size(), "stored");
    assertEquals(2 * films, new HashSet<>(archive.stored()).size(), "stored once");
  }

  // Deadlines -----------------------------------------------------------------------------------

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"HANGS", "STALLS", "TRICKLES"})
  void anExchangeThatStallsEndsWithItsDeadline(Fault fault) {
    archive.fail(Service.SEARCH, fault);
    long start = System.nanoTime();
    ArchiveException e = assertThrows(ArchiveException.class, () -> client().series("1.2", "1.3"));
    assertEquals(ArchiveException.Kind.TEMPORARY, e.kind());
    assertTrue(System.nanoTime() - start < PATIENCE.toNanos(), "ends");
  }

  @Test
  void anInterruptEndsAnExchangeWhoseBodyStalls() throws Exception {
    archive.fail(Service.SEARCH, Fault.STALLS);
    DicomWebClient patient =
        DicomWebClient.builder(archive.root()).exchangeDeadline(Duration.ofHours(1)).build();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                patient.series("1.2", "1.3");
              } catch (ArchiveException | InterruptedException e) {
                thrown.set(e);
              }
            });
    reader.start();
    await(() -> archive.requests(Service.SEARCH) == 1);
    // Headers are there, and it waits for the body.
    Thread.sleep(300);
    reader.interrupt();
    reader.join(PATIENCE.toMillis());
    assertFalse(reader.isAlive());
    assertTrue(thrown.get() instanceof InterruptedException, String.valueOf(thrown.get()));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"STALLS", "TRICKLES"})
  void stalledBodiesHoldUpNeitherWorkersNorPollingNorHealth(Fault fault) throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    archive.add(ChestInstances.file(4, "PA"));
    archive.fail(Service.SEARCH, fault, fault, fault);
    archive.fail(Service.RETRIEVE, fault, fault);
    archive.fail(Service.STORE, fault);
    try (Gateway gateway = builder().workers(2).poll(Duration.ofMillis(100), 0).start(model())) {
      notify(gateway, 2);
      notify(gateway, 4);
      awaitDone(gateway, 2);
      assertTrue(gateway.isWorking());
    }
    assertEachStoredOnce(2);
  }

  // Searches ------------------------------------------------------------------------------------

  @Test
  void shortPagesAreNotTheLast() throws Exception {
    archive.pageCap = 2;
    for (int number = 1; number <= 5; number++) {
      archive.add(ChestInstances.file(number, "PA"));
    }
    // A series of five instances.
    for (int i = 1; i <= 4; i++) {
      archive.add(
          ChestInstances.file(
              ChestInstances.film(2, "PA")
                  .with(
                      DicomElement.ofText(
                          DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, "2.25.55" + i))));
    }
    try (Gateway gateway = builder().poll(Duration.ofMillis(100), 0).start(model())) {
      awaitDone(gateway, 9);
    }
    assertEachStoredOnce(9);
  }

  @Test
  void anArchiveThatIgnoresOffsetsEndsTheSearchAndHidesNothingItWouldSend() throws Exception {
    archive.ignoresOffset = true;
    for (int i = 1; i <= 1300; i++) {
      archive.addMatch(
          ChestInstances.study(1), ChestInstances.series(1), ChestInstances.instance(i));
    }
    PagedSearch<DicomWebClient.Instance> search =
        new PagedSearch<>(
            (offset, limit) ->
                client()
                    .searchInstances(
                        ChestInstances.study(1), ChestInstances.series(1), offset, limit),
            DicomWebClient.Instance::instance,
            0,
            500);
    Set<String> found = new HashSet<>();
    for (var page = search.next(); page.isPresent(); page = search.next()) {
      page.get().forEach(instance -> found.add(instance.instance()));
    }
    assertEquals(1300, found.size());
    assertTrue(search.ignoresOffset());
    assertTrue(archive.requests(Service.SEARCH) < 10, "ends");
  }

  @Test
  void aMalformedMatchHidesNoOther() throws Exception {
    archive.oneMalformed = true;
    archive.pageCap = 1;
    for (int number : new int[] {2, 4, 6}) {
      archive.addMatch(
          ChestInstances.study(number),
          ChestInstances.series(number),
          ChestInstances.instance(number));
    }
    try (GatewayState state = GatewayState.open(folder.resolve("state"))) {
      assertEquals(2, poller(state, 0, Clock.systemUTC()).poll(() -> false));
      assertTrue(state.polling().polled("DX", Instant.now()).isPresent(), "came to the end");
    }
  }

  @Test
  void aModalityThatTheArchiveRefusesDoesNotHideAnother() throws Exception {
    archive.addMatch(ChestInstances.study(2), ChestInstances.series(2), ChestInstances.instance(2));
    archive.fail(Service.SEARCH, Fault.BAD_REQUEST);
    try (GatewayState state = GatewayState.open(folder.resolve("state"))) {
      // Whichever comes first is refused; the other one is asked for all the same.
      ArchivePoller poller =
          new ArchivePoller(
              client(),
              state,
              new ArchivePoller.Settings(
                  Set.of("DX", "CR"), 0, 100, Duration.ofMinutes(1), Clock.systemUTC()));
      assertThrows(ArchiveException.class, () -> poller.poll(() -> false));
      assertTrue(archive.requests(Service.SEARCH) > 1);
      poller.poll(() -> false);
      assertEquals(1, state.queue().open());
    }
  }

  private ArchivePoller poller(GatewayState state, int days, Clock clock) {
    return new ArchivePoller(
        client(),
        state,
        new ArchivePoller.Settings(Set.of("DX"), days, 10_000, Duration.ofMinutes(1), clock));
  }

  @Test
  void aGatewayThatWasDownForAWeekMissesNothing() throws Exception {
    // Study dates are of 4 March 2026.
    archive.addMatch(ChestInstances.study(2), ChestInstances.series(2), ChestInstances.instance(2));
    Clock day = Clock.fixed(Instant.parse("2026-03-03T10:00:00Z"), ZoneOffset.UTC);
    Clock weekLater = Clock.offset(day, Duration.ofDays(9));
    try (GatewayState state = GatewayState.open(folder.resolve("state"))) {
      assertEquals(
          0, poller(state, 2, weekLater).poll(() -> false), "a new gateway looks back 2 days");
    }
    try (GatewayState state = GatewayState.open(folder.resolve("other"))) {
      archive.fail(Service.SEARCH, Fault.UNAVAILABLE);
      assertThrows(ArchiveException.class, () -> poller(state, 2, day).poll(() -> false));
      assertTrue(state.polling().polled("DX", weekLater.instant()).isEmpty(), "was no whole poll");
      state.polling().notePolled("DX", day.instant());
      // By a clock that was a year ahead for a while.
      state.polling().notePolled("DX", day.instant().plus(Duration.ofDays(365)));
      assertEquals(1, poller(state, 2, weekLater).poll(() -> false));
      assertEquals(
          weekLater.instant(), state.polling().polled("DX", weekLater.instant()).orElseThrow());
    }
  }

  @Test
  void aBacklogLetsNewFilmsPassAndCostsLittleWhenItIsKnown() throws Exception {
    int old = 20_000;
    for (int i = 1; i <= old; i++) {
      archive.addMatch(
          ChestInstances.study(i), ChestInstances.series(i), ChestInstances.instance(i));
    }
    try (GatewayState state = GatewayState.open(folder.resolve("state"))) {
      ArchivePoller poller = poller(state, 10_000);
      assertEquals(5000, poller.poll(() -> false), "room is left for new films");
      assertEquals(0, poller.poll(() -> false));
      Instant now = Instant.now();
      state.queue().notified("2.25.1", "2.25.2", now);
      assertEquals("2.25.2", state.queue().begin(Set.of(), false, now).orElseThrow().uid());
      // As if the backlog had been worked off meanwhile.
      assertEquals(15_000, poller(state, 50_000).poll(() -> false));
      assertTrue(state.polling().polled("DX", Instant.now()).isPresent());
      long start = System.nanoTime();
      assertEquals(0, poller(state, 50_000).poll(() -> false));
      System.out.printf("Polling 20,000 known series: %.1f s%n", (System.nanoTime() - start) / 1e9);
    }
  }

  private ArchivePoller poller(GatewayState state, int capacity) {
    return new ArchivePoller(
        client(),
        state,
        new ArchivePoller.Settings(
            Set.of("DX"), 0, capacity, Duration.ofMinutes(1), Clock.systemUTC()));
  }

  @Test
  void pollingThatHadNoRoomGoesOnWhereItWas() throws Exception {
    archive.pageCap = 3;
    for (int i = 1; i <= 20; i++) {
      archive.addMatch(
          ChestInstances.study(i), ChestInstances.series(i), ChestInstances.instance(i));
    }
    try (GatewayState state = GatewayState.open(folder.resolve("state"))) {
      ArchivePoller poller = poller(state, 8);
      int noted = 0;
      for (int polls = 0; state.polling().polled("DX", Instant.now()).isEmpty(); polls++) {
        assertTrue(polls < 20, "comes to an end");
        noted += poller.poll(() -> false);
        assertTrue(state.queue().open() <= 4, "half of the capacity");
        Instant now = Instant.now();
        for (var item = state.queue().begin(Set.of(), false, now);
            item.isPresent();
            item = state.queue().begin(Set.of(), false, now)) {
          state.queue().finish(item.get(), Status.DONE, "", now);
        }
      }
      assertEquals(20, noted);
    }
  }

  // Storing -------------------------------------------------------------------------------------

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"STORES_NOTHING", "STORES_WITHOUT_SAYING", "REFUSES_WHAT_IT_STORED"})
  void whatTheAnswerDoesNotSayTheArchiveIsAsked(Fault fault) throws Exception {
    archive.notFoundForNone = true;
    archive.add(ChestInstances.file(2, "PA"));
    archive.fail(Service.STORE, fault, fault);
    try (Gateway gateway = builder().start(model())) {
      notify(gateway, 2);
      awaitDone(gateway, 1);
    }
    assertEachStoredOnce(1);
    assertEquals(fault == Fault.STORES_NOTHING ? 3 : 1, archive.requests(Service.STORE));
  }

  @Test
  void takenUpAgainAfterAStoreTheArchiveIsAskedFirst() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    archive.fail(Service.STORE, Fault.STORES_AND_CANNOT_BE_ASKED);
    try (Gateway gateway = builder().giveUpAfter(Duration.ZERO).start(model())) {
      notify(gateway, 2);
      await(() -> gateway.overview().instances().getOrDefault("FAILED", 0) == 1);
      archive.recover(Service.SEARCH);
      assertEquals(1, gateway.retryFailed());
      awaitDone(gateway, 1);
    }
    assertEachStoredOnce(1);
    assertEquals(1, archive.requests(Service.STORE));
  }

  // Time ----------------------------------------------------------------------------------------

  @Test
  void aClockThatJumpsAheadAndBackStrandsNothingAndGivesNothingUp() throws Exception {
    JumpingClock clock = new JumpingClock();
    for (int number : new int[] {2, 4}) {
      archive.add(ChestInstances.file(number, "PA"));
    }
    archive.shutDown(Service.RETRIEVE);
    try (Gateway gateway = builder().clock(clock).start(model())) {
      notify(gateway, 2);
      notify(gateway, 4);
      await(() -> archive.requests(Service.RETRIEVE) > 2);
      clock.jump(Duration.ofDays(400));
      int before = archive.requests(Service.RETRIEVE);
      await(() -> archive.requests(Service.RETRIEVE) > before + 4);
      clock.jump(Duration.ofDays(-400));
      archive.recover(Service.RETRIEVE);
      awaitDone(gateway, 2);
      assertEquals(Map.of("DONE", 2), gateway.overview().instances());
    }
    assertEachStoredOnce(2);
  }

  @Test
  void anItemThatAWrongClockPostponedIsWokenByNotificationAndRetry() throws Exception {
    Instant now = Instant.parse("2026-03-04T12:00:00Z");
    Instant wrong = now.plus(Duration.ofDays(400));
    for (boolean byRetry : new boolean[] {false, true}) {
      try (GatewayState state = GatewayState.open(folder.resolve("state " + byRetry))) {
        state.queue().notified("1.2", "1.3", wrong);
        WorkItem series = state.queue().begin(Set.of(), false, wrong).orElseThrow();
        state
            .queue()
            .expand(series, List.of(new DicomWebClient.Instance("1.2", "1.3", "1.4")), wrong);
        WorkItem instance = state.queue().begin(Set.of(), false, wrong).orElseThrow();
        state.queue().postpone(instance, Duration.ofSeconds(1), true, wrong);
        assertTrue(state.queue().begin(Set.of(), false, now).isEmpty());
        if (byRetry) {
          assertEquals(0, state.queue().retryFailed(now));
        } else {
          state.queue().notified("1.2", "1.3", now);
        }
        assertEquals(now, state.queue().nextDue(Set.of()).orElseThrow());
        WorkItem woken = state.queue().begin(Set.of(), false, now).orElseThrow();
        Set<Long> busy = Set.of(woken.number());
        assertTrue(byRetry || state.queue().begin(busy, false, now).isPresent());
      }
    }
  }

  // Addresses -----------------------------------------------------------------------------------

  @Test
  void credentialsInTheAddressAreRefusedAndNotRepeated() {
    for (String address :
        List.of("http://name:secret@127.0.0.1:8042/dicom-web", "https://secret@pacs.example/")) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> DicomWebClient.builder(URI.create(address)));
      assertFalse(e.getMessage().contains("secret"), e.getMessage());
    }
  }
}
