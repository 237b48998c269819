package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.workbench.WorkbenchClient.FilePart;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.user.QuickPasswords;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What pages are told while they are open, and after they come back. */
@Timeout(180)
class EventStreamTest {
  @TempDir Path folder;

  private record Event(String id, String type, JsonNode data) {}

  /** A page that listens. */
  private static final class Page implements AutoCloseable {
    private final InputStream body;
    private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Thread reader;

    Page(WorkbenchClient user, String lastId) throws Exception {
      HttpRequest.Builder request = user.request("/api/events");
      if (!lastId.isEmpty()) {
        request.header("Last-Event-ID", lastId);
      }
      HttpResponse<InputStream> answer =
          HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofInputStream());
      assertEquals(200, answer.statusCode());
      assertEquals(
          "text/event-stream;charset=utf-8",
          answer.headers().firstValue("Content-Type").orElseThrow());
      body = answer.body();
      reader = new Thread(this::read);
      reader.start();
    }

    private void read() {
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
        String id = "";
        String type = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.startsWith("id: ")) {
            id = line.substring(4);
          } else if (line.startsWith("event: ")) {
            type = line.substring(7);
          } else if (line.startsWith("data: ")) {
            events.add(new Event(id, type, Json.mapper().readTree(line.substring(6))));
          }
        }
      } catch (IOException e) {
        // It is closed.
      }
    }

    Event next() throws InterruptedException {
      Event event = events.poll(90, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("Expected an event, found none");
      }
      return event;
    }

    Event until(String type) throws InterruptedException {
      Event event = next();
      while (!event.type.equals(type)) {
        event = next();
      }
      return event;
    }

    boolean ends() throws InterruptedException {
      reader.join(90_000);
      return !reader.isAlive();
    }

    @Override
    public void close() throws Exception {
      body.close();
    }
  }

  private static String state(Event event) {
    return event.data.get("answers").iterator().next().get("state").stringValue();
  }

  @Test
  void pagesSeeTheirOwnCasesAndMissNothing() throws Exception {
    Path users = folder.resolve("users");
    for (String name : List.of("anna", "berta")) {
      QuickPasswords.add(users, name);
    }
    Workbench workbench = Workbench.builder(folder.resolve("state")).users(users).open();
    try (workbench) {
      WorkbenchClient anna = WorkbenchClient.signedIn(workbench, "anna", "secret-of-anna");
      WorkbenchClient berta = WorkbenchClient.signedIn(workbench, "berta", "secret-of-berta");
      Event first;
      try (Page page = new Page(anna, "");
          Page other = new Page(berta, "")) {
        anna.add(new FilePart("a.png", Films.png(Films.KNOWN)));
        List<String> states = new ArrayList<>();
        first = page.until("case");
        Event event = first;
        while (!state(event).equals("done")) {
          states.add(state(event));
          event = page.until("case");
        }
        assertEquals(List.of("queued", "running"), states);
        JsonNode progress = page.until("progress").data;
        assertEquals(1, progress.get("done").intValue(), progress.toString());
        anna.settled();
        assertTrue(other.events.isEmpty(), "nothing of another user: " + other.events);
      }
      // A page that lost its connection after the first event gets all others.
      try (Page again = new Page(anna, first.id)) {
        assertEquals("running", state(again.until("case")));
        assertEquals("done", state(again.until("case")));
        String id = first.data.get("id").stringValue();
        anna.call("DELETE", "/api/cases/" + id, "");
        assertEquals(id, again.until("deleted").data.get("ids").get(0).stringValue());
        // The page of a session that ends hears no more.
        anna.call("POST", "/api/logout", "");
        assertTrue(again.ends());
      }
      try (Page unknown = new Page(berta, "000000000000-5")) {
        assertEquals("reset", unknown.next().type);
        workbench.close();
        assertTrue(unknown.ends(), "a stop ends the stream");
      }
    }
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("cxr-workbench")) {
        // An executor is at its end a little before its thread is.
        thread.join(60_000);
        assertFalse(thread.isAlive(), () -> thread + " is left");
      }
    }
  }
}
