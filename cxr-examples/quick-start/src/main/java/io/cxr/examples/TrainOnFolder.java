package io.cxr.examples;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.PatientSplit;
import io.cxr.train.Trainer;
import io.cxr.train.TrainingData;
import io.cxr.train.TrainingPlan;
import io.cxr.train.TrainingProgress;
import io.cxr.train.TrainingRecipe;
import io.cxr.train.TrainingResult;
import io.cxr.train.architecture.Architecture;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Trains a model on labelled radiographs. Arguments: a folder with one subfolder per class, its
 * patients.csv, Keras ResNet-50 weights, model file to write.
 */
public final class TrainOnFolder {
  private TrainOnFolder() {}

  /**
   * Trains a ResNet-50 head with a split by patient, and prints its metrics.
   *
   * @param arguments data folder, patients file, weights file and model file to write
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] arguments) throws IOException {
    ImageFolder folder =
        ImageFolder.builder(Path.of(arguments[0])).patients(Path.of(arguments[1])).open();
    PatientSplit split = PatientSplit.of(folder, 0.2, 1);
    TrainingRecipe recipe =
        TrainingRecipe.builder(Architecture.named("resnet50"))
            .weights(Path.of(arguments[2]))
            .build();
    TrainingPlan plan =
        TrainingPlan.builder(recipe, TrainingData.of(folder, split), Path.of(arguments[3])).build();
    TrainingResult result = new Trainer(plan, TrainingProgress.SILENT).train();
    System.out.println(result.validation().format());
  }
}
