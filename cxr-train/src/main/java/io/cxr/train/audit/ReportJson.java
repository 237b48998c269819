package io.cxr.train.audit;

import io.cxr.Prediction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes a report as one JSON object. */
final class ReportJson {
  private ReportJson() {}

  static String of(ShortcutReport report) {
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsString(map(report));
  }

  private static Map<String, Object> map(ShortcutReport report) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("dataset", report.dataset());
    map.put("found", report.found());
    map.put("verdict", report.verdict());
    map.put("images", report.images());
    map.put("patients", report.patients());
    map.put("imagesWithoutPatient", report.withoutPatient());
    map.put("folds", report.folds());
    map.put("seed", report.seed());
    if (!report.overall().isEmpty()) {
      map.put("overall", report.overall().stream().map(ReportJson::probe).toList());
    }
    map.put("pairs", report.pairs().stream().map(ReportJson::probe).toList());
    report
        .confounding()
        .ifPresent(
            found ->
                map.put(
                    "sources",
                    Map.of(
                        "images", found.images(),
                        "shareExplained", found.shareExplained(),
                        "incomplete", found.incompleteSources())));
    report
        .copies()
        .ifPresent(found -> map.put("copies", found.stream().map(ReportJson::copy).toList()));
    report.model().ifPresent(found -> map.put("model", model(found)));
    map.put(
        "unread",
        report.unread().stream()
            .map(image -> Map.of("file", image.file(), "reason", image.reason()))
            .toList());
    map.put("figures", report.figures());
    map.put("notice", Prediction.NOTICE);
    return map;
  }

  private static Map<String, Object> probe(ProbeFigures figures) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("probe", figures.probe().key());
    map.put("evidence", figures.probe().evidence().name().toLowerCase(Locale.ROOT));
    map.put("classes", figures.labels());
    map.put("separation", figures.separation().name().toLowerCase(Locale.ROOT));
    map.putAll(discrimination(figures.figures()));
    if (!figures.telling().isEmpty()) {
      Map<String, Double> telling = new LinkedHashMap<>();
      figures.telling().forEach(feature -> telling.put(feature.name(), feature.auroc()));
      map.put("telling", telling);
    }
    return map;
  }

  private static Map<String, Object> discrimination(Discrimination figures) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("n", figures.images());
    map.put("auroc", figures.auroc());
    map.put("aurocInterval", List.of(figures.low(), figures.high()));
    map.put("aurocByChance", 0.5);
    map.put("accuracy", figures.accuracy());
    map.put("accuracyByChance", figures.chanceAccuracy());
    map.put("balancedAccuracy", figures.balancedAccuracy());
    map.put("balancedAccuracyByChance", figures.chanceBalancedAccuracy());
    return map;
  }

  private static Map<String, Object> copy(CopyPair pair) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("kind", pair.kind().name().toLowerCase(Locale.ROOT));
    map.put("first", pair.first());
    map.put("second", pair.second());
    map.put("distance", pair.distance());
    map.put("acrossPatients", pair.acrossPatients());
    map.put("acrossClasses", pair.acrossLabels());
    map.put("acrossSplit", pair.acrossParts());
    return map;
  }

  private static Map<String, Object> model(ModelFigures figures) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", figures.model().name());
    map.put("version", figures.model().version());
    map.put("sha256", figures.model().sha256());
    map.put("readsShortcut", figures.readsShortcut());
    map.put("refused", figures.refused());
    figures.whole().ifPresent(found -> map.put("whole", discrimination(found)));
    map.put("blankedRefused", figures.blankedRefused());
    figures.blanked().ifPresent(found -> map.put("blanked", discrimination(found)));
    figures.exchanged().ifPresent(found -> map.put("exchanged", discrimination(found)));
    map.put("heatmaps", figures.heatmaps());
    map.put("emptyHeatmaps", figures.emptyHeatmaps());
    figures.heatOutside().ifPresent(share -> map.put("heatOutside", share));
    map.put("areaOutside", ModelFigures.AREA_OUTSIDE);
    if (!figures.lungHeat().isEmpty()) {
      map.put("lungHeat", figures.lungHeat().stream().map(ReportJson::lungHeat).toList());
    }
    figures.source().ifPresent(source -> map.put("source", source(source)));
    return map;
  }

  private static Map<String, Object> lungHeat(LungHeat heat) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("class", heat.label());
    map.put("films", heat.films());
    map.put("share", heat.share().value());
    map.put("shareInterval", List.of(heat.share().low(), heat.share().high()));
    map.put("area", heat.area());
    map.put("gain", heat.gain().value());
    map.put("gainInterval", List.of(heat.gain().low(), heat.gain().high()));
    return map;
  }

  private static Map<String, Object> source(SourceFigures source) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("sources", source.sources());
    map.put("n", source.images());
    map.put("balancedAccuracy", source.balancedAccuracy().value());
    map.put(
        "balancedAccuracyInterval",
        List.of(source.balancedAccuracy().low(), source.balancedAccuracy().high()));
    map.put("balancedAccuracyByChance", source.chance());
    map.put("balancedAccuracyByClass", source.byLabel());
    map.put("tellsSource", source.tellsSource());
    return map;
  }
}
