package io.cxr;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * Time that this thread has spent on a processor: how much work something is, however busy the
 * machine is with other things.
 */
public final class CpuTime {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private CpuTime() {}

  /** Nanoseconds since this thread began. */
  public static long nanos() {
    return THREADS.getCurrentThreadCpuTime();
  }
}
