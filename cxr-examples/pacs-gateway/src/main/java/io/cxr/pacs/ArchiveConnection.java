package io.cxr.pacs;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.OptionalLong;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * HTTP towards one archive. A whole exchange, the answer's body included, ends with its deadline or
 * with an interrupt of its thread, whichever is first. Thread-safe.
 */
final class ArchiveConnection {
  private final HttpClient http;
  private final String root;
  private final @Nullable String authorization;
  private final Duration timeout;
  private final Duration deadline;

  /**
   * A connection.
   *
   * @param root without a slash at its end
   * @param timeout until the answer begins
   * @param deadline until the answer is whole
   */
  ArchiveConnection(
      String root,
      @Nullable String authorization,
      @Nullable SSLContext tls,
      Duration timeout,
      Duration deadline) {
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout);
    if (tls != null) {
      client.sslContext(tls);
    }
    this.http = client.build();
    this.root = root;
    this.authorization = authorization;
    this.timeout = timeout.compareTo(deadline) < 0 ? timeout : deadline;
    this.deadline = deadline;
  }

  /** An answer whose body arrives. */
  record Answer(int status, String contentType, OptionalLong length, TimedBody body) {}

  /** What becomes of an answer. */
  interface AnswerReader<T> {
    /** Reads the answer; the body is closed afterwards. */
    T read(Answer answer) throws IOException, InterruptedException;
  }

  /** A request that is not sent yet. */
  HttpRequest.Builder request(String pathAndQuery) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(root + pathAndQuery)).timeout(timeout);
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return request;
  }

  /**
   * Sends a request and reads its answer.
   *
   * @param name of the request, for messages
   */
  <T> T exchange(String name, HttpRequest.Builder message, AnswerReader<T> reader)
      throws ArchiveException, InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    try {
      HttpResponse<TimedBody> response = http.send(message.build(), info -> new TimedBody(end));
      try (TimedBody body = response.body()) {
        return reader.read(
            new Answer(
                response.statusCode(),
                response.headers().firstValue("Content-Type").orElse(""),
                response.headers().firstValueAsLong("Content-Length"),
                body));
      }
    } catch (ArchiveException e) {
      throw e;
    } catch (NumberFormatException e) {
      throw new ArchiveException(
          ArchiveException.Kind.REFUSED, name + ": expected a Content-Length, found no number");
    } catch (IOException e) {
      if (Thread.interrupted() || e.getCause() instanceof InterruptedException) {
        InterruptedException interrupted = new InterruptedException(name);
        interrupted.initCause(e);
        throw interrupted;
      }
      // Neither the address nor the exception's words, which may hold an address with UIDs.
      throw new ArchiveException(
          ArchiveException.Kind.TEMPORARY,
          name
              + ": expected an answer of the archive, found "
              + e.getClass().getSimpleName()
              + "; see that it runs and can be reached",
          e);
    }
  }
}
