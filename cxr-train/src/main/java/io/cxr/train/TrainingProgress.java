package io.cxr.train;

/** Hears how a training goes. Called on the training thread, so it must be quick. */
public interface TrainingProgress {

  /** Hears nothing. */
  TrainingProgress SILENT = new TrainingProgress() {};

  /**
   * Another image was read, and for frozen bases its features computed.
   *
   * @param done how many so far
   * @param total how many in all
   */
  default void imagePrepared(int done, int total) {}

  /**
   * Another step of gradient descent was taken.
   *
   * @param epoch the epoch, from 1
   * @param epochs how many epochs there are at most
   * @param step the step, from 1
   * @param steps how many steps an epoch has
   * @param loss mean training loss of this epoch so far
   * @param accuracy training accuracy of this epoch so far, from 0 to 1
   */
  default void stepDone(int epoch, int epochs, int step, int steps, double loss, double accuracy) {}

  /**
   * An epoch is over and validated.
   *
   * @param figures its figures
   * @param epochs how many epochs there are at most
   * @param best whether it is the best so far
   */
  default void epochDone(TrainingHistory.Epoch figures, int epochs, boolean best) {}

  /**
   * Something the user should know, such as the same image on both sides of the split.
   *
   * @param message one sentence
   */
  default void warning(String message) {}
}
