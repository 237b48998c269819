package io.cxr.train.audit;

/** Hears how an audit goes. Called on the thread that runs the audit, so it must be quick. */
public interface AuditProgress {

  /** Hears nothing. */
  AuditProgress SILENT = new AuditProgress() {};

  /**
   * Another image was read and reduced to its features.
   *
   * @param done how many so far
   * @param total how many in all
   */
  default void imageRead(int done, int total) {}

  /**
   * Another image was shown to the model, whole and with its centre blanked.
   *
   * @param done how many so far
   * @param total how many in all
   */
  default void imageClassified(int done, int total) {}
}
