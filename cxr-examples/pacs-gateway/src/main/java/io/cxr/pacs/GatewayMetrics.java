package io.cxr.pacs;

import io.cxr.ModelIdentity;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Supplier;

/** What the gateway counts and times, in the text format of Prometheus. Thread-safe. */
final class GatewayMetrics {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter outcomes =
      Counter.builder()
          .name("cxr_pacs_instances_total")
          .help("Instances handled since the start, by outcome.")
          .labelNames("outcome")
          .register(registry);
  private final Counter postponed =
      Counter.builder()
          .name("cxr_pacs_postponed_total")
          .help("Attempts since the start that were left for later, by cause.")
          .labelNames("cause")
          .register(registry);
  private final Counter notifications =
      Counter.builder()
          .name("cxr_pacs_notifications_total")
          .help("Calls for a stable series since the start, by HTTP status.")
          .labelNames("status")
          .register(registry);
  private final Histogram seconds =
      Histogram.builder()
          .name("cxr_pacs_seconds")
          .help("Seconds of each step of an instance.")
          .labelNames("step")
          .classicOnly()
          .classicUpperBounds(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
          .register(registry);
  private final Gauge archiveUp =
      Gauge.builder()
          .name("cxr_pacs_archive_up")
          .help("1 if the archive's last answer was one.")
          .register(registry);

  GatewayMetrics(ModelIdentity model) {
    Info.builder()
        .name("cxr_pacs_model")
        .help("The model in use. Research use only.")
        .labelNames("name", "version", "sha256")
        .register(registry)
        .addLabelValues(model.name(), model.version(), model.sha256());
  }

  /** Shows, whenever somebody looks, what the state holds and how far the audit trail is. */
  void observe(GatewayState state, MemoryBudget memory, Supplier<AuditHead> audit) {
    GaugeWithCallback.builder()
        .name("cxr_pacs_open_items")
        .help("Series and instances that wait or are being handled.")
        .callback(callback -> callback.call(number(state.queue()::open)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("cxr_pacs_unanswered_items")
        .help(
            "Series and instances that ended without results: FAILED ones were given up and wait"
                + " for somebody to act.")
        .labelNames("status")
        .callback(
            callback -> {
              for (WorkItem.Status status :
                  List.of(WorkItem.Status.REFUSED, WorkItem.Status.FAILED)) {
                callback.call(
                    number(
                        () ->
                            state.overview().counts(WorkItem.Kind.SERIES).getOrDefault(status, 0)
                                + state
                                    .overview()
                                    .counts(WorkItem.Kind.INSTANCE)
                                    .getOrDefault(status, 0)),
                    status.name());
              }
            })
        .register(registry);
    GaugeWithCallback.builder()
        .name("cxr_pacs_memory_free_bytes")
        .help("What is left of the memory for films.")
        .callback(callback -> callback.call((double) memory.free()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("cxr_pacs_audit_records")
        .help("Records of the audit trail; the last one has the hash of the label.")
        .labelNames("head")
        .callback(
            callback -> {
              AuditHead head = audit.get();
              callback.call((double) head.records(), head.sha256());
            })
        .register(registry);
  }

  /** Something that the state counts. */
  private interface Count {
    int get() throws IOException;
  }

  private static double number(Count count) {
    try {
      return count.get();
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  void outcome(WorkItem.Status status) {
    outcomes.labelValues(status.name()).inc();
  }

  void postponed(String cause) {
    postponed.labelValues(cause).inc();
  }

  void notification(int status) {
    notifications.labelValues(String.valueOf(status)).inc();
  }

  void archive(boolean up) {
    archiveUp.set(up ? 1 : 0);
  }

  DistributionDataPoint step(String name) {
    return seconds.labelValues(name);
  }

  String contentType() {
    return PrometheusTextFormatWriter.CONTENT_TYPE;
  }

  byte[] text() {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      PrometheusTextFormatWriter.create().write(out, registry.scrape());
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("Nothing is written to memory without success", e);
    }
  }
}
