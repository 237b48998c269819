package io.cxr.commandline;

import io.cxr.dataset.ImageFolder;
import io.cxr.model.ExportProvenance;
import io.cxr.model.ExportProvenance.Gate;
import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.export.ExportInput;
import io.cxr.train.export.ModelExport;
import io.cxr.train.export.Precision;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a smaller or faster file of a trained model. */
@Command(
    name = "export",
    description = {
      "Makes a smaller or faster file of a trained model, and checks that it is as good.",
      "It is refused if it loses more than half a point of accuracy or 0.005 of AUROC."
    },
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private DeviceOption device;

  @Parameters(paramLabel = "MODEL.onnx", description = "A model as training writes it.")
  private Path model;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE.onnx",
      description = "The file to write.")
  private Path file;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description = "fp32, fp16 or int8.%nDefault: fp32; with --self-contained what MODEL.onnx has")
  private @Nullable Precision precision;

  @Option(
      names = "--input",
      paramLabel = "NAME",
      description = {
        "float, or uint8: gray pixels that the graph normalises itself.%nDefault: float",
        "With --self-contained uint8 or uint16, the pixels of a radiograph.%nDefault: uint8"
      })
  private @Nullable Input input;

  /** What may follow {@code --input}. */
  private enum Input {
    FLOAT,
    UINT8,
    UINT16
  }

  @Option(
      names = "--self-contained",
      description = {
        "Puts preprocessing, calibration and gates into the graph: any ONNX runtime takes a"
            + " radiograph",
        "and gives the answers of this software."
      })
  private boolean selfContained;

  @Option(
      names = "--calibrate",
      paramLabel = "DIR",
      description = "Radiographs that int8 takes its ranges from; at most 100 are used.")
  private @Nullable Path calibration;

  @Option(
      names = "--validate",
      paramLabel = "DIR",
      description = "Radiographs to check the new file on, one folder a class; int8 needs them.")
  private @Nullable Path validation;

  @Option(
      names = "--float-depthwise",
      description = {
        "Leaves depthwise convolutions of an int8 file in float; without it only where the check",
        "asks for it."
      })
  private boolean floatDepthwise;

  @Option(names = "--force", description = "Writes the file however bad, or unchecked.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    OutputName.check("--out", file, ".onnx");
    ModelExport export =
        ModelExport.of(model)
            .session(device.settings())
            .input(exportInput())
            .floatDepthwise(floatDepthwise)
            .force(force);
    if (precision != null) {
      export.precision(precision);
    }
    if (calibration != null) {
      RadiographFiles inputs = RadiographFiles.of(List.of(calibration), List.of());
      inputs.sayLeftOut(spec.commandLine().getErr());
      List<Path> files = inputs.files().stream().map(RadiographFiles.Named::path).toList();
      if (files.isEmpty()) {
        throw new IllegalArgumentException(
            "Export: expected radiographs in " + calibration + ", found none.");
      }
      export.calibration(files);
    }
    if (validation != null) {
      ImageFolder folder = ImageFolder.builder(validation).classes(labels()).open();
      RadiographFiles.sayLeftOut(spec.commandLine().getErr(), folder.leftOut());
      export.validation(folder);
    }
    ModelExport.Result result = export.write(file);
    print(spec.commandLine().getOut(), result);
    return 0;
  }

  private ExportInput exportInput() {
    Input chosen = input == null ? (selfContained ? Input.UINT8 : Input.FLOAT) : input;
    boolean fits = selfContained ? chosen != Input.FLOAT : chosen != Input.UINT16;
    if (!fits) {
      throw new ParameterException(
          spec.commandLine(),
          "--input: expected float or uint8, or with --self-contained uint8 or uint16, found "
              + chosen.name().toLowerCase(Locale.ROOT)
              + (selfContained ? " with it" : " without it"));
    }
    return switch (chosen) {
      case FLOAT -> ExportInput.FLOAT;
      case UINT8 -> selfContained ? ExportInput.RADIOGRAPH_UINT8 : ExportInput.UINT8;
      case UINT16 -> ExportInput.RADIOGRAPH_UINT16;
    };
  }

  private List<String> labels() throws IOException {
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      return classifier.card().labels();
    }
  }

  private void print(PrintWriter out, ModelExport.Result result) {
    ModelCard card = result.card();
    ExportProvenance made = card.export().orElseThrow();
    out.printf(
        Locale.ROOT,
        "%s: %s, %s input, %.1f MB (%s: %.1f MB)%n",
        file,
        made.precision(),
        made.input(),
        result.bytes() / 1e6,
        model,
        result.sourceBytes() / 1e6);
    if (result.integerLayers() > 0) {
      out.printf(
          "Calibrated on %d radiographs, ranges by %s, %d layers in 8 bits.%n",
          made.calibrationImages(), made.range(), result.integerLayers());
    } else if (made.calibrationImages() > 0) {
      out.printf(
          "The network is as it was, calibrated on %d radiographs, ranges by %s.%n",
          made.calibrationImages(), made.range());
    }
    if (selfContained) {
      out.println("The whole graph answers as this software does.");
    }
    if (made.gate().isEmpty()) {
      out.println("Not checked on labelled radiographs (--validate DIR).");
    } else {
      Gate gate = made.gate().get();
      out.printf(
          Locale.ROOT,
          "On %d radiographs: accuracy %.4f (before %.4f), AUROC %.4f (before %.4f),"
              + " refused as novel %d (before %d). %s.%n",
          gate.images(),
          gate.accuracy(),
          gate.sourceAccuracy(),
          gate.auroc(),
          gate.sourceAuroc(),
          gate.refused(),
          gate.sourceRefused(),
          gate.passed() ? "Passed" : "Failed, written all the same");
    }
    out.flush();
  }
}
