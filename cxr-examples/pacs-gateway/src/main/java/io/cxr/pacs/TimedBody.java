package io.cxr.pacs;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer while it arrives. A reader that waits is ended by its interrupt and by a
 * deadline; the JDK's own stream swallows the one and knows nothing of the other, and the timeout
 * of an {@link java.net.http.HttpRequest} ends with the answer's headers. What arrives waits for
 * the reader, a piece at a time. Read and closed by one thread.
 */
final class TimedBody extends InputStream implements HttpResponse.BodySubscriber<TimedBody> {
  /** Stands in the queue for the end. */
  private static final List<ByteBuffer> END = List.of();

  private final long end;
  private final BlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();
  private final Deque<ByteBuffer> current = new ArrayDeque<>();

  /** Guarded by this object, as is whether it is closed. */
  private Flow.@Nullable Subscription subscription;

  private volatile @Nullable Throwable failure;
  private long left = Long.MAX_VALUE;
  private boolean ended;
  private boolean closed;

  /**
   * A body that has to be whole by a deadline.
   *
   * @param end by {@link System#nanoTime}
   */
  TimedBody(long end) {
    this.end = end;
  }

  /** Refuses more bytes than this from now on. */
  TimedBody atMost(long bytes) {
    left = bytes;
    return this;
  }

  // The HTTP client's side ------------------------------------------------------------------------

  @Override
  public CompletionStage<TimedBody> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    boolean wanted;
    synchronized (this) {
      wanted = !closed && subscription == null;
      if (wanted) {
        subscription = given;
      }
    }
    if (wanted) {
      given.request(1);
    } else {
      given.cancel();
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    // An empty piece would be taken for the end.
    arrived.add(buffers.isEmpty() ? List.of(ByteBuffer.allocate(0)) : buffers);
  }

  @Override
  public void onError(Throwable throwable) {
    failure = throwable;
    arrived.add(END);
  }

  @Override
  public void onComplete() {
    arrived.add(END);
  }

  // The reader's side -----------------------------------------------------------------------------

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 255;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    while (current.isEmpty() || !current.element().hasRemaining()) {
      if (!current.isEmpty()) {
        current.remove();
      } else if (!next()) {
        return -1;
      }
    }
    ByteBuffer buffer = current.element();
    int count = Math.min(length, buffer.remaining());
    if (count > left) {
      close();
      throw new ArchiveException(
          ArchiveException.Kind.TOO_LARGE,
          "Answer: expected one within the limit of its kind, found more bytes");
    }
    left -= count;
    buffer.get(bytes, offset, count);
    return count;
  }

  /** Waits for the next piece; false at the end. */
  private boolean next() throws IOException {
    synchronized (this) {
      if (closed) {
        throw new IOException("The body was closed before its end");
      }
    }
    if (ended) {
      return false;
    }
    List<ByteBuffer> piece;
    try {
      piece = arrived.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("Interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
    if (piece == null) {
      close();
      throw new HttpTimeoutException("The body was not whole in time");
    }
    if (piece == END) {
      ended = true;
      Throwable cause = failure;
      if (cause != null) {
        throw new IOException("The body broke off", cause);
      }
      return false;
    }
    current.addAll(piece);
    Flow.Subscription given;
    synchronized (this) {
      given = subscription;
    }
    if (given != null) {
      given.request(1);
    }
    return true;
  }

  /** Ends the connection unless the body is whole. */
  @Override
  public void close() {
    Flow.Subscription given;
    synchronized (this) {
      if (closed) {
        return;
      }
      // Whoever subscribes from now on is cancelled at once.
      closed = true;
      given = subscription;
    }
    current.clear();
    if (given != null && !ended) {
      given.cancel();
    }
  }
}
