package io.cxr.model;

import static io.cxr.model.JsonObjectReader.jsonName;

import io.cxr.dataset.Subset;
import io.cxr.error.ModelFormatException;
import io.cxr.model.OperatingThreshold.Estimate;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * The JSON form of a model card: for each record how it is read and, below that, how it is written.
 * It is strict: a card that is half understood is not safe. No data binding, which takes half a
 * second to get going: a process reads a card before its first prediction.
 */
final class ModelCardJson {
  /** The version of cards with one input, of the default name. */
  private static final int ONE_INPUT = 2;

  /** The version of cards of exclusive labels that have what version 2 does not. */
  private static final int EXCLUSIVE_LABELS = 3;

  private static final String LUNGS = "lungs";
  private static final String TEMPERATURE = "temperature";
  private static final String PLATT = "platt";
  private static final String PLATT_PER_FINDING = "platt-per-finding";

  private ModelCardJson() {}

  static ModelCard read(String json) {
    JsonObjectReader card = JsonObjectReader.parse(json);
    String version = version(card);
    if (version.equals("1")) {
      upgrade(card);
      version = version(card);
    }
    if (!version.equals("2") && !version.equals("3") && !version.equals("4")) {
      throw new ModelFormatException(
          "Model card: expected format version 1 to "
              + ModelCard.FORMAT_VERSION
              + ", found "
              + version
              + ". Export the model again, or use the version of this software that wrote it.");
    }
    try {
      return readCard(card);
    } catch (IllegalArgumentException e) {
      throw card.refusal(e);
    }
  }

  static LungCard readLungs(String text) {
    JsonObjectReader json = JsonObjectReader.parse(text);
    if (!version(json).equals(String.valueOf(LungCard.FORMAT_VERSION))
        || !json.text("task").equals(LUNGS)) {
      throw new ModelFormatException(
          "Lung card: expected format version "
              + LungCard.FORMAT_VERSION
              + " and the task "
              + LUNGS
              + ", found another. Train the model again, or use the version of this software that"
              + " wrote it.");
    }
    try {
      json.integer("formatVersion");
      checkNotice(json);
      return json.done(
          new LungCard(
              json.text("name"),
              json.text("version"),
              json.text("architecture"),
              PreprocessingJson.read(json.object("preprocessing")),
              json.numbersByName("metrics"),
              readTraining(json.object("training")),
              json.texts("attributions")));
    } catch (IllegalArgumentException e) {
      throw json.refusal(e);
    }
  }

  static String write(LungCard card) {
    return text(json -> write(card, json));
  }

  private static void write(LungCard card, JsonGenerator json) {
    json.writeStartObject();
    json.writeNumberProperty("formatVersion", LungCard.FORMAT_VERSION);
    json.writeStringProperty("task", LUNGS);
    json.writeStringProperty("name", card.name());
    json.writeStringProperty("version", card.version());
    json.writeStringProperty("architecture", card.architecture());
    json.writeName("preprocessing");
    PreprocessingJson.write(card.preprocessing(), json);
    writeByName("metrics", card.metrics(), json);
    json.writeName("training");
    write(card.training(), json);
    json.writeArrayPropertyStart("attributions");
    card.attributions().forEach(json::writeString);
    json.writeEndArray();
    json.writeStringProperty("notice", ModelCard.NOTICE);
    json.writeEndObject();
  }

  static String write(ModelCard card) {
    return text(json -> write(card, json));
  }

  private static String text(Consumer<JsonGenerator> writing) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(new Indented(), text)) {
      writing.accept(json);
    }
    return text.toString();
  }

  /** Objects line by line, lists in one line. */
  private static final class Indented extends ObjectWriteContext.Base {
    @Override
    public PrettyPrinter getPrettyPrinter() {
      return new DefaultPrettyPrinter();
    }

    @Override
    public boolean hasPrettyPrinter() {
      return true;
    }
  }

  private static String version(JsonObjectReader card) {
    return card.has("formatVersion") ? card.shown("formatVersion") : "none";
  }

  /** Version 1 had neither calibration nor thresholds, novelty gate nor audit. */
  private static void upgrade(JsonObjectReader card) {
    card.put("formatVersion", ONE_INPUT);
    card.put("calibration", null);
    card.put("thresholds", List.of());
    card.put("novelty", null);
    card.put("shortcuts", null);
  }

  private static ModelCard readCard(JsonObjectReader json) {
    int format = json.integer("formatVersion");
    boolean early = format == ONE_INPUT;
    boolean anyTask = format > EXCLUSIVE_LABELS;
    // What makes it a later version: several inputs, unless it is one of the others.
    boolean otherwise = anyTask || json.has("figures") || json.has("conformal");
    boolean oneInput = early || (otherwise && !json.has("inputs"));
    checkNotice(json);
    ModelCard.Builder card =
        ModelCard.builder(json.text("name"), json.text("version"))
            .architecture(json.text("architecture"))
            .task(readTask(json, anyTask))
            .output(json.choice("output", OutputActivation.values()))
            .inputs(readInputs(json, oneInput))
            .metrics(json.numbersByName("metrics"));
    if (!early && json.has("figures")) {
      card.figures(readFigures(json.objects("figures")));
    }
    if (!json.isNull("training")) {
      card.training(readTraining(json.object("training")));
    }
    if (!json.isNull("calibration")) {
      card.calibration(readCalibration(json.object("calibration")));
    }
    card.thresholds(readThresholds(json.objects("thresholds")));
    if (!early && json.has("conformal")) {
      card.conformal(readConformal(json.object("conformal")));
    }
    if (!json.isNull("novelty")) {
      card.novelty(readNovelty(json.object("novelty")));
    }
    // Only cards of models with a view head have it.
    if (json.has("views")) {
      card.views(readViews(json.object("views")));
    }
    if (!json.isNull("shortcuts")) {
      card.shortcuts(readShortcuts(json.object("shortcuts")));
    }
    // Only cards of files made from others have it.
    if (json.has("export")) {
      card.export(readExport(json.object("export")));
    }
    return json.done(card.build());
  }

  /** Cards of before there were others are of exclusive labels. */
  private static Task readTask(JsonObjectReader card, boolean any) {
    List<String> labels = card.texts("labels");
    Task.Kind kind = any ? card.choice("task", Task.Kind.values()) : Task.Kind.EXCLUSIVE_LABELS;
    return switch (kind) {
      case EXCLUSIVE_LABELS -> new Task.ExclusiveLabels(labels);
      case FINDINGS -> new Task.Findings(labels);
      case MEASUREMENTS -> {
        List<Measurement> measurements = new ArrayList<>(labels.size());
        for (JsonObjectReader json : card.objects("measurements")) {
          measurements.add(
              json.done(
                  new Measurement(
                      json.text("name"),
                      json.text("unit"),
                      json.has("least") ? json.number("least") : Double.NEGATIVE_INFINITY,
                      json.has("greatest") ? json.number("greatest") : Double.POSITIVE_INFINITY)));
        }
        Task task = new Task.Measurements(measurements);
        if (!task.labels().equals(labels)) {
          throw card.refusal("measurements", "one for each of the labels, in their order");
        }
        yield task;
      }
    };
  }

  private static void write(Measurement measurement, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("name", measurement.name());
    json.writeStringProperty("unit", measurement.unit());
    if (Double.isFinite(measurement.least())) {
      json.writeNumberProperty("least", measurement.least());
    }
    if (Double.isFinite(measurement.greatest())) {
      json.writeNumberProperty("greatest", measurement.greatest());
    }
    json.writeEndObject();
  }

  private static void checkNotice(JsonObjectReader json) {
    String notice = json.text("notice");
    if (!notice.equals(ModelCard.NOTICE)) {
      throw json.refusal("notice", "the notice \"" + ModelCard.NOTICE + "\"");
    }
  }

  private static List<ModelInput> readInputs(JsonObjectReader card, boolean one) {
    PreprocessingSpec preprocessing = PreprocessingJson.read(card.object("preprocessing"));
    if (one) {
      return List.of(new ModelInput(ModelInput.DEFAULT_NAME, preprocessing));
    }
    List<JsonObjectReader> array = card.objects("inputs");
    List<ModelInput> inputs = new ArrayList<>(array.size());
    for (JsonObjectReader json : array) {
      inputs.add(
          json.done(
              new ModelInput(
                  json.text("name"), PreprocessingJson.read(json.object("preprocessing")))));
    }
    if (!inputs.isEmpty() && !inputs.get(0).preprocessing().equals(preprocessing)) {
      throw card.refusal("inputs", "as the first input's preprocessing the card's");
    }
    return inputs;
  }

  private static boolean hasOneInput(ModelCard card) {
    return card.inputs().size() == 1 && card.inputs().get(0).name().equals(ModelInput.DEFAULT_NAME);
  }

  private static int format(ModelCard card) {
    if (card.task().kind() != Task.Kind.EXCLUSIVE_LABELS) {
      return ModelCard.FORMAT_VERSION;
    }
    boolean early = hasOneInput(card) && card.figures().isEmpty() && card.conformal().isEmpty();
    return early ? ONE_INPUT : EXCLUSIVE_LABELS;
  }

  private static void write(ModelCard card, JsonGenerator json) {
    json.writeStartObject();
    json.writeNumberProperty("formatVersion", format(card));
    json.writeStringProperty("name", card.name());
    json.writeStringProperty("version", card.version());
    json.writeStringProperty("architecture", card.architecture());
    json.writeArrayPropertyStart("labels");
    for (String label : card.labels()) {
      json.writeString(label);
    }
    json.writeEndArray();
    if (card.task().kind() != Task.Kind.EXCLUSIVE_LABELS) {
      json.writeStringProperty("task", jsonName(card.task().kind()));
    }
    if (card.task() instanceof Task.Measurements task) {
      json.writeArrayPropertyStart("measurements");
      for (Measurement measurement : task.measurements()) {
        write(measurement, json);
      }
      json.writeEndArray();
    }
    json.writeStringProperty("output", jsonName(card.output()));
    json.writeName("preprocessing");
    PreprocessingJson.write(card.preprocessing(), json);
    if (!hasOneInput(card)) {
      json.writeArrayPropertyStart("inputs");
      for (ModelInput input : card.inputs()) {
        json.writeStartObject();
        json.writeStringProperty("name", input.name());
        json.writeName("preprocessing");
        PreprocessingJson.write(input.preprocessing(), json);
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    writeByName("metrics", card.metrics(), json);
    if (!card.figures().isEmpty()) {
      json.writeArrayPropertyStart("figures");
      for (SubsetFigures figures : card.figures()) {
        write(figures, json);
      }
      json.writeEndArray();
    }
    json.writeName("training");
    card.training().ifPresentOrElse(training -> write(training, json), json::writeNull);
    json.writeName("calibration");
    card.calibration().ifPresentOrElse(calibration -> write(calibration, json), json::writeNull);
    json.writeArrayPropertyStart("thresholds");
    for (OperatingThreshold threshold : card.thresholds()) {
      write(threshold, json);
    }
    json.writeEndArray();
    card.conformal()
        .ifPresent(
            conformal -> {
              json.writeName("conformal");
              write(conformal, json);
            });
    json.writeName("novelty");
    card.novelty().ifPresentOrElse(novelty -> write(novelty, json), json::writeNull);
    card.views()
        .ifPresent(
            views -> {
              json.writeName("views");
              write(views, json);
            });
    json.writeName("shortcuts");
    card.shortcuts().ifPresentOrElse(shortcuts -> write(shortcuts, json), json::writeNull);
    card.export()
        .ifPresent(
            export -> {
              json.writeName("export");
              write(export, json);
            });
    json.writeStringProperty("notice", ModelCard.NOTICE);
    json.writeEndObject();
  }

  private static TrainingProvenance readTraining(JsonObjectReader json) {
    return json.done(
        new TrainingProvenance(
            json.text("data"),
            json.integersByName("trainingImages"),
            json.integersByName("validationImages"),
            json.flag("patientsApart"),
            json.longInteger("seed"),
            json.integer("epochs"),
            json.integer("bestEpoch"),
            // Cards of before it was written are those of finished trainings.
            !json.has("finished") || json.flag("finished"),
            json.textsByName("settings"),
            json.textsByName("software")));
  }

  private static void write(TrainingProvenance training, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("data", training.data());
    writeByName("trainingImages", training.trainingImages(), json);
    writeByName("validationImages", training.validationImages(), json);
    json.writeBooleanProperty("patientsApart", training.patientsApart());
    json.writeNumberProperty("seed", training.seed());
    json.writeNumberProperty("epochs", training.epochs());
    json.writeNumberProperty("bestEpoch", training.bestEpoch());
    json.writeBooleanProperty("finished", training.finished());
    writeByName("settings", training.settings(), json);
    writeByName("software", training.software(), json);
    json.writeEndObject();
  }

  private static Calibration readCalibration(JsonObjectReader json) {
    return switch (json.text("type")) {
      case TEMPERATURE -> json.done(new Calibration.Temperature(json.number("temperature")));
      case PLATT ->
          json.done(new Calibration.Platt(json.number("slope"), json.number("intercept")));
      case PLATT_PER_FINDING -> {
        List<Calibration.Platt> findings = new ArrayList<>();
        for (JsonObjectReader each : json.objects("findings")) {
          findings.add(
              each.done(new Calibration.Platt(each.number("slope"), each.number("intercept"))));
        }
        yield json.done(new Calibration.PlattPerFinding(findings));
      }
      default ->
          throw json.refusal(
              "type", "one of " + TEMPERATURE + ", " + PLATT + ", " + PLATT_PER_FINDING);
    };
  }

  private static void write(Calibration calibration, JsonGenerator json) {
    json.writeStartObject();
    if (calibration instanceof Calibration.Temperature temperature) {
      json.writeStringProperty("type", TEMPERATURE);
      json.writeNumberProperty("temperature", temperature.temperature());
    } else if (calibration instanceof Calibration.Platt platt) {
      json.writeStringProperty("type", PLATT);
      writeValues(platt, json);
    } else if (calibration instanceof Calibration.PlattPerFinding each) {
      json.writeStringProperty("type", PLATT_PER_FINDING);
      json.writeArrayPropertyStart("findings");
      for (Calibration.Platt platt : each.findings()) {
        json.writeStartObject();
        writeValues(platt, json);
        json.writeEndObject();
      }
      json.writeEndArray();
    } else {
      throw new AssertionError(calibration);
    }
    json.writeEndObject();
  }

  private static void writeValues(Calibration.Platt platt, JsonGenerator json) {
    json.writeNumberProperty("slope", platt.slope());
    json.writeNumberProperty("intercept", platt.intercept());
  }

  private static List<OperatingThreshold> readThresholds(List<JsonObjectReader> array) {
    List<OperatingThreshold> thresholds = new ArrayList<>(array.size());
    for (JsonObjectReader json : array) {
      thresholds.add(
          json.done(
              new OperatingThreshold(
                  json.text("label"),
                  json.choice("aim", OperatingThreshold.Aim.values()),
                  json.number(targetName(json)),
                  json.number("threshold"),
                  readEstimate(json.object("sensitivity")),
                  readEstimate(json.object("specificity")))));
    }
    return thresholds;
  }

  /** Early cards of format 2 have another name. */
  private static String targetName(JsonObjectReader json) {
    return json.has("wished") ? "wished" : "target";
  }

  private static void write(OperatingThreshold threshold, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("label", threshold.label());
    json.writeStringProperty("aim", jsonName(threshold.aim()));
    json.writeNumberProperty("target", threshold.target());
    json.writeNumberProperty("threshold", threshold.threshold());
    json.writeName("sensitivity");
    write(threshold.sensitivity(), json);
    json.writeName("specificity");
    write(threshold.specificity(), json);
    json.writeEndObject();
  }

  private static Estimate readEstimate(JsonObjectReader json) {
    return json.done(new Estimate(json.number("value"), json.number("low"), json.number("high")));
  }

  private static void write(Estimate estimate, JsonGenerator json) {
    json.writeStartObject();
    json.writeNumberProperty("value", estimate.value());
    json.writeNumberProperty("low", estimate.low());
    json.writeNumberProperty("high", estimate.high());
    json.writeEndObject();
  }

  private static List<SubsetFigures> readFigures(List<JsonObjectReader> array) {
    List<SubsetFigures> figures = new ArrayList<>(array.size());
    for (JsonObjectReader json : array) {
      JsonObjectReader metrics = json.object("metrics");
      Map<String, Estimate> estimates = new LinkedHashMap<>();
      for (String name : metrics.names()) {
        estimates.put(name, readEstimate(metrics.object(name)));
      }
      figures.add(
          json.done(
              new SubsetFigures(
                  json.choice("subset", Subset.values()),
                  json.integersByName("images"),
                  json.integer("patients"),
                  json.text("filesSha256"),
                  metrics.done(estimates))));
    }
    return figures;
  }

  private static void write(SubsetFigures figures, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("subset", jsonName(figures.subset()));
    writeByName("images", figures.images(), json);
    json.writeNumberProperty("patients", figures.patients());
    json.writeStringProperty("filesSha256", figures.filesSha256());
    json.writeObjectPropertyStart("metrics");
    for (Map.Entry<String, Estimate> metric : figures.metrics().entrySet()) {
      json.writeName(metric.getKey());
      write(metric.getValue(), json);
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static ConformalSets readConformal(JsonObjectReader json) {
    JsonObjectReader labels = json.object("labels");
    Map<String, ConformalSets.Quantile> quantiles = new LinkedHashMap<>();
    for (String label : labels.names()) {
      JsonObjectReader quantile = labels.object(label);
      quantiles.put(
          label,
          quantile.done(
              new ConformalSets.Quantile(quantile.number("least"), quantile.integer("patients"))));
    }
    return json.done(
        new ConformalSets(
            json.number("alpha"), json.choice("subset", Subset.values()), labels.done(quantiles)));
  }

  private static void write(ConformalSets conformal, JsonGenerator json) {
    json.writeStartObject();
    json.writeNumberProperty("alpha", conformal.alpha());
    json.writeStringProperty("subset", jsonName(conformal.subset()));
    json.writeObjectPropertyStart("labels");
    for (Map.Entry<String, ConformalSets.Quantile> label : conformal.labels().entrySet()) {
      json.writeObjectPropertyStart(label.getKey());
      json.writeNumberProperty("least", label.getValue().least());
      json.writeNumberProperty("patients", label.getValue().patients());
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static NoveltyGate readNovelty(JsonObjectReader json) {
    return json.done(
        new NoveltyGate(
            json.text("statistic"),
            json.number("threshold"),
            json.number("kept"),
            // Before it was written, a quantile of the validation images.
            json.has("confidence") ? json.number("confidence") : 0.5));
  }

  private static void write(NoveltyGate novelty, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("statistic", novelty.statistic());
    json.writeNumberProperty("threshold", novelty.threshold());
    json.writeNumberProperty("kept", novelty.kept());
    json.writeNumberProperty("confidence", novelty.confidence());
    json.writeEndObject();
  }

  private static ViewGate readViews(JsonObjectReader json) {
    Map<FilmView, Double> thresholds = new LinkedHashMap<>();
    List<List<Integer>> confusion = new ArrayList<>();
    List<JsonObjectReader> array = json.objects("classes");
    List<FilmView> views = new ArrayList<>();
    for (JsonObjectReader each : array) {
      FilmView view = each.choice("view", FilmView.values());
      if (view == FilmView.FRONTAL != views.isEmpty() || views.contains(view)) {
        throw each.refusal("view", "each view once, the frontal one first");
      }
      views.add(view);
      if (view != FilmView.FRONTAL) {
        thresholds.put(view, each.number("threshold"));
      }
      Map<String, Integer> judged = each.integersByName("judged");
      confusion.add(List.copyOf(judged.values()));
      each.done(view);
    }
    return json.done(new ViewGate(thresholds, json.number("kept"), confusion));
  }

  private static void write(ViewGate gate, JsonGenerator json) {
    json.writeStartObject();
    json.writeArrayPropertyStart("classes");
    List<FilmView> views = gate.views();
    for (FilmView view : views) {
      json.writeStartObject();
      json.writeStringProperty("view", jsonName(view));
      Double threshold = gate.thresholds().get(view);
      if (threshold != null) {
        json.writeNumberProperty("threshold", threshold);
      }
      Map<String, Integer> judged = new LinkedHashMap<>();
      List<Integer> row = gate.confusion().get(views.indexOf(view));
      for (int i = 0; i < row.size(); i++) {
        judged.put(jsonName(views.get(i)), row.get(i));
      }
      writeByName("judged", judged, json);
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNumberProperty("kept", gate.kept());
    json.writeEndObject();
  }

  private static ShortcutFinding readShortcuts(JsonObjectReader json) {
    return json.done(
        new ShortcutFinding(
            json.flag("found"), json.text("verdict"), json.numbersByName("figures")));
  }

  private static void write(ShortcutFinding shortcuts, JsonGenerator json) {
    json.writeStartObject();
    json.writeBooleanProperty("found", shortcuts.found());
    json.writeStringProperty("verdict", shortcuts.verdict());
    writeByName("figures", shortcuts.figures(), json);
    json.writeEndObject();
  }

  private static ExportProvenance readExport(JsonObjectReader json) {
    return json.done(
        new ExportProvenance(
            json.text("precision"),
            json.text("input"),
            json.text("sourceSha256"),
            json.integer("calibrationImages"),
            json.text("range"),
            json.isNull("gate") ? Optional.empty() : Optional.of(readGate(json.object("gate")))));
  }

  private static ExportProvenance.Gate readGate(JsonObjectReader json) {
    return json.done(
        new ExportProvenance.Gate(
            json.integer("images"),
            json.number("sourceAccuracy"),
            json.number("accuracy"),
            json.number("sourceAuroc"),
            json.number("auroc"),
            json.integer("sourceRefused"),
            json.integer("refused"),
            json.flag("passed")));
  }

  private static void write(ExportProvenance export, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("precision", export.precision());
    json.writeStringProperty("input", export.input());
    json.writeStringProperty("sourceSha256", export.sourceSha256());
    json.writeNumberProperty("calibrationImages", export.calibrationImages());
    json.writeStringProperty("range", export.range());
    json.writeName("gate");
    export.gate().ifPresentOrElse(gate -> write(gate, json), json::writeNull);
    json.writeEndObject();
  }

  private static void write(ExportProvenance.Gate gate, JsonGenerator json) {
    json.writeStartObject();
    json.writeNumberProperty("images", gate.images());
    json.writeNumberProperty("sourceAccuracy", gate.sourceAccuracy());
    json.writeNumberProperty("accuracy", gate.accuracy());
    json.writeNumberProperty("sourceAuroc", gate.sourceAuroc());
    json.writeNumberProperty("auroc", gate.auroc());
    json.writeNumberProperty("sourceRefused", gate.sourceRefused());
    json.writeNumberProperty("refused", gate.refused());
    json.writeBooleanProperty("passed", gate.passed());
    json.writeEndObject();
  }

  private static void writeByName(String name, Map<String, ?> values, JsonGenerator json) {
    json.writeObjectPropertyStart(name);
    for (Map.Entry<String, ?> entry : values.entrySet()) {
      json.writeName(entry.getKey());
      if (entry.getValue() instanceof String text) {
        json.writeString(text);
      } else if (entry.getValue() instanceof Integer integer) {
        json.writeNumber(integer);
      } else {
        json.writeNumber((Double) entry.getValue());
      }
    }
    json.writeEndObject();
  }
}
