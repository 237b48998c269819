package io.cxr.workbench.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events: what changes is told to the pages of the user whom it concerns. A page that
 * loses its connection asks again with the last event's id and gets what it missed, or, if that is
 * no longer known, an event {@code reset}, after which it reads everything anew.
 *
 * <p>Thread-safe. Publishing never waits: a page that does not keep up is disconnected, and comes
 * back as above.
 */
public final class Events implements AutoCloseable {
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);

  /** Events that are remembered for pages that come back. */
  private static final int REMEMBERED = 1024;

  /** Events that may wait for one page. */
  private static final int WAITING = 2048;

  private static final int PAGES_OF_A_USER = 16;

  /** Each takes a thread of the server. */
  private static final int PAGES = 128;

  /** Ends a page's queue. */
  private static final Event END = new Event(-1, null, "", "");

  private final String run = HexFormat.of().formatHex(randomBytes());
  private final Deque<Event> remembered = new ArrayDeque<>();
  private final Set<Page> pages = ConcurrentHashMap.newKeySet();
  private final Duration heartbeat;
  private long count;
  private boolean closed;

  private record Event(long number, @Nullable String user, String type, String data) {
    boolean concerns(String someone) {
      return user == null || user.equals(someone);
    }
  }

  private static final class Page {
    private final String user;
    private final LinkedBlockingQueue<Event> queue = new LinkedBlockingQueue<>();

    Page(String user) {
      this.user = user;
    }

    void offer(Event event) {
      if (queue.size() >= WAITING) {
        queue.clear();
        queue.add(END);
      } else {
        queue.add(event);
      }
    }
  }

  /** A hub whose connections show that they live every 15 seconds. */
  public Events() {
    this(HEARTBEAT);
  }

  Events(Duration heartbeat) {
    this.heartbeat = heartbeat;
  }

  private static byte[] randomBytes() {
    byte[] bytes = new byte[6];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  /**
   * Tells the pages of one user.
   *
   * @param user whom it concerns
   * @param type the event's name, such as {@code case}
   * @param data written as JSON
   */
  public void publish(String user, String type, Object data) {
    send(user, type, data);
  }

  /**
   * Tells all pages.
   *
   * @param type the event's name
   * @param data written as JSON; nothing of one user
   */
  public void publishToAll(String type, Object data) {
    send(null, type, data);
  }

  private void send(@Nullable String user, String type, Object data) {
    String json = Json.mapper().writeValueAsString(data);
    synchronized (this) {
      Event event = new Event(++count, user, type, json);
      remembered.add(event);
      if (remembered.size() > REMEMBERED) {
        remembered.remove();
      }
      for (Page page : pages) {
        if (event.concerns(page.user)) {
          page.offer(event);
        }
      }
    }
  }

  /**
   * Serves a page until it leaves, the session ends or the hub is closed; the calling thread writes
   * all that time.
   *
   * @param context the request, answered by a stream of events
   * @param user whose events to send
   * @param signedIn whether the session still holds, asked again before each heartbeat
   * @throws ApiException with status 429 if the user has too many pages open, 503 if all have
   */
  public void serve(Context context, String user, BooleanSupplier signedIn) {
    Page page = new Page(user);
    List<Event> missed = new ArrayList<>();
    boolean reset;
    synchronized (this) {
      if (pages.stream().filter(other -> other.user.equals(user)).count() >= PAGES_OF_A_USER) {
        throw new ApiException(
            429,
            "Events: expected at most "
                + PAGES_OF_A_USER
                + " open pages of one user, found more. Close some.");
      }
      if (closed || pages.size() >= PAGES) {
        throw new ApiException(503, "Events: the server is stopping, or too many pages are open");
      }
      reset = !recall(context.header("Last-Event-ID"), user, missed);
      pages.add(page);
    }
    context.disableCompression();
    context.contentType("text/event-stream;charset=utf-8");
    context.header("X-Accel-Buffering", "no");
    try {
      OutputStream out = context.res().getOutputStream();
      out.write("retry: 1000\n\n".getBytes(StandardCharsets.UTF_8));
      if (reset) {
        write(out, new Event(latest(), user, "reset", "{}"));
      }
      for (Event event : missed) {
        write(out, event);
      }
      out.flush();
      while (pages.contains(page)) {
        Event event = page.queue.poll(heartbeat.toMillis(), TimeUnit.MILLISECONDS);
        if (isEnd(event) || (event == null && !signedIn.getAsBoolean())) {
          break;
        }
        if (event == null) {
          out.write(":\n\n".getBytes(StandardCharsets.UTF_8));
        }
        while (event != null && !isEnd(event)) {
          write(out, event);
          event = page.queue.poll();
        }
        out.flush();
        if (isEnd(event)) {
          break;
        }
      }
    } catch (IOException e) {
      // The page has left.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      pages.remove(page);
    }
  }

  /** One object says so, whatever it holds. */
  @SuppressWarnings("ReferenceEquality")
  private static boolean isEnd(@Nullable Event event) {
    return event == END;
  }

  private synchronized long latest() {
    return count;
  }

  /** Adds what a page missed; false if that is not known. */
  private boolean recall(@Nullable String last, String user, List<Event> missed) {
    if (last == null) {
      return true;
    }
    if (!last.matches(run + "-[0-9]{1,18}")) {
      return false;
    }
    long number = Long.parseLong(last.substring(run.length() + 1));
    Event oldest = remembered.peek();
    if (number > count || (number < count && (oldest == null || oldest.number > number + 1))) {
      return false;
    }
    for (Event event : remembered) {
      if (event.number > number && event.concerns(user)) {
        missed.add(event);
      }
    }
    return true;
  }

  private void write(OutputStream out, Event event) throws IOException {
    String text =
        "id: "
            + run
            + "-"
            + event.number
            + "\nevent: "
            + event.type
            + "\ndata: "
            + event.data
            + "\n\n";
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Ends the connections of a user, such as one who signed out.
   *
   * @param user whose
   */
  public synchronized void disconnect(String user) {
    for (Page page : pages) {
      if (page.user.equals(user)) {
        page.queue.add(END);
      }
    }
  }

  /** Ends all connections. Idempotent. */
  @Override
  public synchronized void close() {
    closed = true;
    for (Page page : pages) {
      page.queue.add(END);
    }
    remembered.clear();
  }
}
