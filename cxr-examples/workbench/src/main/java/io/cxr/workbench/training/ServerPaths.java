package io.cxr.workbench.training;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Puts names in the place of paths, which would tell users where the server keeps what.
 *
 * @param job the job's folder
 * @param shared what all trainings share, or the job's folder where that is not known
 * @param data the data set's folder, or the job's folder where that is not known
 * @param name the data set's name
 */
record ServerPaths(Path job, Path shared, Path data, String name) {

  /** Those of the job in a folder. */
  static ServerPaths of(Path job) {
    try {
      return of(job, TrainingOrder.read(job));
    } catch (IOException | RuntimeException e) {
      // It is deleted or damaged, and with it what it says.
      return new ServerPaths(job, job, job, "job");
    }
  }

  static ServerPaths of(Path job, TrainingOrder order) {
    return new ServerPaths(job, order.shared(), order.data().folder(), order.data().name());
  }

  String hide(String text) {
    // The data set first: a labelled set lies in the job's folder.
    return text.replace(data.toString(), name)
        .replace(job.toString(), "job")
        .replace(shared.toString(), "shared");
  }
}
