package io.cxr.workbench;

import io.javalin.config.JavalinConfig;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/** How the web server under the workbench is set up. */
final class ServerSettings {
  private static final int HEADER_BYTES = 16 << 10;
  private static final long IDLE_MILLIS = 60_000;

  private ServerSettings() {}

  static void harden(JavalinConfig config, @Nullable KeyStoreFile tls) {
    config.jetty.modifyHttpConfiguration(
        http -> {
          http.setSendServerVersion(false);
          http.setSendXPoweredBy(false);
          http.setRequestHeaderSize(HEADER_BYTES);
          if (tls != null) {
            // Which name the certificate is for is the browser's to check, not ours.
            http.addCustomizer(new SecureRequestCustomizer(false));
          }
        });
    config.jetty.modifyServer(
        server -> {
          server.setErrorHandler(ServerSettings::error);
          server.setStopTimeout(5_000);
        });
    config.jetty.addConnector(
        (server, http) -> {
          HttpConnectionFactory plain = new HttpConnectionFactory(http);
          ServerConnector connector =
              tls == null
                  ? new ServerConnector(server, plain)
                  : new ServerConnector(server, tls(tls), plain);
          connector.setHost(config.jetty.host);
          connector.setPort(config.jetty.port);
          connector.setIdleTimeout(IDLE_MILLIS);
          return connector;
        });
  }

  private static SslContextFactory.Server tls(KeyStoreFile tls) {
    SslContextFactory.Server factory = new SslContextFactory.Server();
    factory.setSslContext(tls.context());
    factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    return factory;
  }

  /** What is refused before any route sees it: without the address, which may hold anything. */
  private static boolean error(
      Request request, org.eclipse.jetty.server.Response response, Callback callback) {
    if (response.isCommitted()) {
      callback.failed(new IllegalStateException("The answer has begun"));
      return true;
    }
    int status = response.getStatus();
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    response
        .getHeaders()
        .put(
            "Content-Security-Policy",
            io.cxr.workbench.http.SecurityHeaders.CONTENT_SECURITY_POLICY);
    String text = "{\"error\":\"" + HttpStatus.getMessage(status) + "\"}";
    Content.Sink.write(response, true, text, callback);
    return true;
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
