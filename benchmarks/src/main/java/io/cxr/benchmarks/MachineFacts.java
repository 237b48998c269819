package io.cxr.benchmarks;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What a figure was measured on. It names neither host nor user. */
public final class MachineFacts {
  private static final List<String> INSTRUCTION_SETS =
      List.of(
          "avx2",
          "fma",
          "avx512f",
          "avx512_vnni",
          "avx_vnni",
          "avx512_bf16",
          "amx_int8",
          "asimd",
          "sve",
          "i8mm");

  private MachineFacts() {}

  /**
   * The facts of this machine and this process.
   *
   * @return name and value, in the order to print
   */
  public static Map<String, String> read() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("processor", processor());
    facts.put("instruction sets", String.join(" ", instructionSets()));
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    var system = ManagementFactory.getOperatingSystemMXBean();
    if (system instanceof com.sun.management.OperatingSystemMXBean known) {
      facts.put("memory", Math.round(known.getTotalMemorySize() / 0x1p30) + " GiB");
    }
    facts.put("system", property("os.name") + " " + property("os.version"));
    facts.put("architecture", property("os.arch"));
    facts.put("jdk", property("java.vm.name") + " " + property("java.vm.version"));
    facts.put("onnxruntime", OrtEnvironment.getEnvironment().getVersion());
    facts.put("commit", System.getProperty("cxr.commit", "unknown"));
    facts.put("measured", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("load before", String.format(Locale.ROOT, "%.2f", system.getSystemLoadAverage()));
    return facts;
  }

  private static String property(String name) {
    return System.getProperty(name, "unknown");
  }

  private static String processor() {
    return cpuInfo("model name").findFirst().orElse("unknown");
  }

  /**
   * The instruction sets that matter to inference.
   *
   * @return names as Linux has them, none where it does not tell
   */
  public static Set<String> instructionSets() {
    Set<String> sets = new TreeSet<>();
    Stream.concat(cpuInfo("flags"), cpuInfo("Features"))
        .findFirst()
        .ifPresent(flags -> sets.addAll(List.of(flags.split(" "))));
    sets.retainAll(INSTRUCTION_SETS);
    return sets;
  }

  private static Stream<String> cpuInfo(String key) {
    Path file = Path.of("/proc/cpuinfo");
    try {
      return Files.exists(file)
          ? Files.readAllLines(file).stream()
              .filter(line -> line.startsWith(key))
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
          : Stream.empty();
    } catch (IOException e) {
      return Stream.empty();
    }
  }
}
