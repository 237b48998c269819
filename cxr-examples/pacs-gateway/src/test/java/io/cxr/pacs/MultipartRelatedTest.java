package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Flow;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Bodies of many parts: what is written reads back, and what is cut is noticed. */
class MultipartRelatedTest {

  private static byte[] bytes(HttpRequest.BodyPublisher publisher) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    publisher.subscribe(
        new Flow.Subscriber<>() {
          @Override
          public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
          }

          @Override
          public void onNext(ByteBuffer item) {
            byte[] piece = new byte[item.remaining()];
            item.get(piece);
            out.writeBytes(piece);
          }

          @Override
          public void onError(Throwable failure) {
            throw new AssertionError(failure);
          }

          @Override
          public void onComplete() {}
        });
    return out.toByteArray();
  }

  @Property(tries = 200)
  void whatIsWrittenReadsBack(@ForAll @Size(max = 4) List<byte[]> parts) throws Exception {
    MultipartRelated.Outgoing outgoing = new MultipartRelated.Outgoing(parts);
    byte[] body = bytes(outgoing.publisher());
    assertEquals(body.length, outgoing.publisher().contentLength());
    List<byte[]> read = MultipartRelated.parts(outgoing.contentType(), body, 4);
    assertEquals(parts.size(), read.size());
    for (int i = 0; i < read.size(); i++) {
      assertArrayEquals(parts.get(i), read.get(i));
    }
  }

  @Property(tries = 500)
  void whatIsCutIsNoticed(
      @ForAll @Size(min = 1, max = 3) List<byte[]> parts,
      @ForAll @IntRange(min = 0, max = 999) int permille) {
    MultipartRelated.Outgoing outgoing = new MultipartRelated.Outgoing(parts);
    byte[] body = bytes(outgoing.publisher());
    // All but the last line break, which nobody needs.
    byte[] cut = Arrays.copyOf(body, (int) ((body.length - 4L) * permille / 1000));
    ArchiveException e =
        assertThrows(
            ArchiveException.class, () -> MultipartRelated.parts(outgoing.contentType(), cut, 3));
    assertEquals(ArchiveException.Kind.TEMPORARY, e.kind());
  }

  @Test
  void boundariesAreReadAsServersWriteThem() throws Exception {
    byte[] body =
        "preamble\r\n--a b\r\n\r\nX\r\n--a bcd\r\n--a b--".getBytes(StandardCharsets.US_ASCII);
    // The line "--a bcd" begins with the boundary, so the part ends there, as RFC 2046 has it.
    assertThrows(
        ArchiveException.class,
        () -> MultipartRelated.parts("multipart/related; BOUNDARY=\"a b\"", body, 9));
    byte[] plain = "--ab\r\nA: b\r\n\r\nX\r\n--ab--".getBytes(StandardCharsets.US_ASCII);
    for (String type :
        List.of(
            "multipart/related; boundary=ab",
            "multipart/related; type=\"application/dicom\";boundary=\"ab\"",
            "Multipart/Related; Boundary=ab; type=application/dicom")) {
      List<byte[]> parts = MultipartRelated.parts(type, plain, 1);
      assertEquals(1, parts.size());
      assertArrayEquals(new byte[] {'X'}, parts.get(0));
    }
    assertThrows(
        ArchiveException.class, () -> MultipartRelated.parts("multipart/related", plain, 1));
    byte[] two = "--ab\r\n\r\n\r\n--ab\r\n\r\n\r\n--ab--".getBytes(StandardCharsets.US_ASCII);
    assertThrows(
        ArchiveException.class,
        () -> MultipartRelated.parts("multipart/related; boundary=ab", two, 1));
  }
}
