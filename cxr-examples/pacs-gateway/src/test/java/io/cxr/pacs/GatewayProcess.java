package io.cxr.pacs;

import io.cxr.onnx.OnnxClassifier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * A gateway in a process of its own, for tests of what a process has: a heap and an end. Its first
 * line of output is where it listens; each line of input is a number of seconds by which its clock
 * jumps; it ends with its input.
 */
final class GatewayProcess {
  private GatewayProcess() {}

  /** Runs it: archive, state folder, number of workers. */
  public static void main(String[] arguments) throws IOException {
    JumpingClock clock = new JumpingClock();
    DicomWebClient client =
        DicomWebClient.builder(URI.create(arguments[0]))
            .exchangeDeadline(Duration.ofSeconds(5))
            .build();
    try (Gateway gateway =
            Gateway.builder(client, Path.of(arguments[1]))
                .workers(Integer.parseInt(arguments[2]))
                .backOff(Duration.ofMillis(50), Duration.ofMillis(500))
                .poll(Duration.ofMillis(500), 0)
                .clock(clock)
                .onFatal(failure -> Runtime.getRuntime().halt(3))
                // The gate would refuse phantoms.
                .start(OnnxClassifier.builder().noveltyGate(false).open());
        GatewayServer server =
            GatewayServer.listen(
                gateway,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                Optional.empty(),
                Set.of());
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      System.out.println(server.address());
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        clock.jump(Duration.ofSeconds(Long.parseLong(line)));
      }
    }
  }
}
