package io.cxr.train.lungs;

/** Hears how the training of a lung model goes. Called on the training thread. */
public interface LungProgress {

  /** Hears nothing. */
  LungProgress SILENT = new LungProgress() {};

  /**
   * What is trained next.
   *
   * @param stage such as {@code fold 2 of 5}
   */
  default void stage(String stage) {}

  /**
   * A part of a cross-validation is over.
   *
   * @param scores of the part's films
   */
  default void foldDone(LungScores scores) {}

  /**
   * An epoch is over.
   *
   * @param epoch the epoch, from 1
   * @param epochs how many there are
   * @param loss the mean training loss of the epoch
   * @param seconds how long the epoch took
   */
  default void epochDone(int epoch, int epochs, double loss, double seconds) {}
}
